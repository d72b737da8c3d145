import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const tebura = fileURLToPath(new URL("../../setup/tebura.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "tebura-refused-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const smtp = { host: "mail.example.jp", from: "school@example.jp" };
const nowhere = join(folder, "nowhere");

test.each([
  {
    name: "a password file that is missing",
    gateway: {
      school: { notices: { smtp: { ...smtp, user: "school", passwordFile: nowhere } } },
    },
    says: "gateway.school.notices.smtp.passwordFile",
  },
  {
    name: "an address at which no passkey works",
    gateway: { publicUrl: "http://example.jp" },
    says: "gateway.publicUrl",
  },
])("a gateway ends with a sentence and status 1: $name", ({ gateway, says }) => {
  const config = join(folder, "tebura.json");
  writeFileSync(config, JSON.stringify({ gateway }));
  const ports = ["--http-port", "0", "--mqtt-port", "0", "--fleet-port", "0"];
  const args = [tebura, "gateway", "--config", config, "--data", join(folder, "data"), ...ports];
  // Where it did not end by itself it would be killed, and have no status.
  const ended = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 60_000 });
  expect(ended.stderr).toContain(`CONFIG_INVALID: ${says}`);
  expect(ended.status).toBe(1);
});
