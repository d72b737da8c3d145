import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parseConfig } from "#firmware-config/parse.ts";
import { defaultSchoolRules } from "#firmware-config/school.ts";
import { type NoticeSettings, noticeSettingsSchema } from "#firmware-config/school-notices.ts";
import { settingsSchema } from "#firmware-config/settings.ts";
import { createMailer } from "#gateway/school/mailer.ts";
import { createWebhooks } from "#gateway/school/webhook.ts";
import { systemClock } from "#runtime/clock.ts";
import { codeOf } from "#test/support/code-of.ts";

const folder = mkdtempSync(join(tmpdir(), "tebura-school-settings-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const { privateKey } = generateKeyPairSync("ed25519");

const parse = (notices: unknown): NoticeSettings =>
  parseConfig(noticeSettingsSchema, notices, "settings.json");
const smtp = { host: "mail.example.jp", from: "school@example.jp" };

test("what ships tells nobody, and has rules for every day", () => {
  const { school } = settingsSchema.parse({}).gateway;
  expect(school).toEqual({ notices: { webhooks: [] }, rules: defaultSchoolRules });
});

test("mail is sealed by default, with STARTTLS that is insisted on", () => {
  expect(parse({ smtp }).smtp).toMatchObject({ port: 587, security: "starttls" });
});

test.each([
  { name: "no sender", notices: { smtp: { host: "localhost" } }, says: "smtp.from" },
  {
    name: "a sender with a line break in it",
    notices: { smtp: { ...smtp, from: "a\r\nBcc: b@example.jp <a@example.jp>" } },
    says: "smtp.from",
  },
  {
    name: "mail that goes open over a network",
    notices: { smtp: { ...smtp, security: "none" } },
    says: "smtp.security",
  },
  {
    name: "a user without a password",
    notices: { smtp: { ...smtp, user: "school" } },
    says: "smtp.passwordFile",
  },
  {
    name: "a password in the settings themselves",
    notices: { smtp: { ...smtp, password: "geheim" } },
    says: "password",
  },
  {
    name: "a webhook without TLS",
    notices: { webhooks: [{ origin: "http://app.example.jp" }] },
    says: "webhooks[0].origin",
  },
  {
    name: "an address where an origin belongs",
    notices: { webhooks: [{ origin: "https://app.example.jp/hooks" }] },
    says: "an origin",
  },
  {
    name: "an origin twice",
    notices: { webhooks: [{ origin: "https://a.jp" }, { origin: "https://a.jp" }] },
    says: "each origin once",
  },
])("refused with where and why: $name", ({ notices, says }) => {
  let message = "";
  try {
    parse(notices);
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message).toContain("settings.json");
  expect(message).toContain(says);
});

test("a file that is missing, or holds no secret, is told by the setting that names it", () => {
  const missing = join(folder, "nowhere");
  const short = join(folder, "short");
  writeFileSync(short, "too short");
  const mailer = parse({ smtp: { ...smtp, user: "school", passwordFile: missing } }).smtp!;
  const hooks = (secretFile: string) =>
    parse({ webhooks: [{ origin: "https://a.jp", signing: { kind: "hmac", secretFile } }] })
      .webhooks;
  const makers = [
    { make: () => createMailer(mailer), says: /notices\.smtp\.passwordFile.*nowhere.*ENOENT/ },
    {
      make: () => createWebhooks(hooks(missing), { clock: systemClock, privateKey }),
      says: /notices\.webhooks\.0\.signing\.secretFile.*ENOENT/,
    },
    {
      make: () => createWebhooks(hooks(short), { clock: systemClock, privateKey }),
      says: /holds 9 bytes; at least 24/,
    },
  ];
  for (const { make, says } of makers) {
    expect(codeOf(make)).toBe("CONFIG_INVALID");
    expect(make).toThrow(says);
  }
});
