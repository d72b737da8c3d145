import { verify } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DeviceId } from "#contract/ids.ts";
import type { NoticeSettings } from "#firmware-config/school-notices.ts";
import { schoolFiles } from "#gateway/school/school.ts";
import { openDatabase } from "#runtime/database.ts";
import { temporaryFolder } from "./gateway-under-test.ts";
import { hanako, taro } from "./persons-under-test.ts";
import { at, school as schoolId } from "./school-events.ts";
import {
  isSigned,
  MailReceiver,
  ownCertificate,
  secretIn,
  WebhookReceiver,
} from "./school-notices-under-test.ts";
import { mail, mother, SchoolOffice } from "./school-office-under-test.ts";

const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
let folder: ReturnType<typeof temporaryFolder>;
let tls: ReturnType<typeof ownCertificate>;

beforeAll(() => {
  folder = temporaryFolder();
  tls = ownCertificate(folder.path);
});
afterAll(() => folder[Symbol.dispose]());

/** Real receivers on loopback addresses, and the settings that lead to them. */
async function receivers() {
  const mails = new MailReceiver(tls, "geheim");
  const hooks = new WebhookReceiver(tls);
  const [port, origin] = [await mails.start(), await hooks.start()];
  const passwordFile = secretIn(folder.path, "smtp-password", "geheim\n");
  const settings: NoticeSettings = {
    smtp: {
      ...{ host: "localhost", port, security: "starttls", user: "school", passwordFile },
      ...{ from: "桃ノ木小学校 <school@example.jp>", caFile: tls.file },
    },
    webhooks: [
      {
        ...{ origin, caFile: tls.file },
        signing: { kind: "hmac", secretFile: secretIn(folder.path, "hook-secret", secret) },
      },
    ],
  };
  const url = `${origin}/hooks/momonoki`;
  return {
    ...{ mails, hooks, settings, url },
    hook: { ...mail(), channel: "webhook", url, recipient: "app-user-7", language: "en" } as never,
    async [Symbol.asyncDispose]() {
      await hooks[Symbol.asyncDispose]();
      await mails[Symbol.asyncDispose]();
    },
  };
}

test("father by mail and mother by webhook hear of an arrival and a departure, once each", async () => {
  await using to = await receivers();
  await using office = new SchoolOffice(to.settings);
  await office.setUp({ [taro.reference]: mail(), [mother.reference]: withoutAddress(to.hook) });
  office.made.now = at("08:11");
  office.seen("in", "08:10");
  await expect.poll(() => office.outcomes().length, { timeout: 60_000 }).toBe(2);
  office.seen("in", "08:12");
  office.seen("in", "08:09");
  await office.idle();
  office.made.now = at("15:41");
  office.made.box((boxes) =>
    boxes.desk({
      ...{ type: "school.box-placed", box: "out" as DeviceId, school: schoolId, door: "exit" },
      from: at("07:00"),
    }),
  );
  office.seen("out", "15:40");
  await expect.poll(() => office.outcomes().length, { timeout: 60_000 }).toBe(4);
  await office.idle();
  expect([...office.outcomes()].sort()).toEqual([
    ...["arrival delivered", "arrival delivered"],
    ...["departure delivered", "departure delivered"],
  ]);
  const [arrival, departure] = to.mails.mails;
  expect(to.mails.mails).toHaveLength(2);
  expect(arrival).toMatchObject({ to: ["taro@example.jp"], isSealed: true, user: "school" });
  expect(arrival?.text).toBe(`${hanako.name}は、4月8日 08:10に登校しました。`);
  expect(departure?.text).toBe(`${hanako.name}は、4月8日 15:40に学校を出ました。`);
  expect(arrival?.head.get("auto-submitted")).toBe("auto-generated");
  expect(to.hooks.received.map(({ body }) => body.text)).toEqual([
    `${hanako.name} arrived at school at 08:10 on 8 Apr 2026.`,
    `${hanako.name} left school at 15:40 on 8 Apr 2026.`,
  ]);
  expect(to.hooks.received[0]?.body).toMatchObject({
    ...{ v: 1, kind: "arrival", day: "2026-04-08", at: "2026-04-07T23:10:00.000Z" },
    ...{ pupil: office.child, recipient: "app-user-7", language: "en" },
  });
  for (const one of to.hooks.received) {
    expect(isSigned(one, secret)).toBe(true);
    expect(one.headers["idempotency-key"]).toBe(one.id);
  }
  // The ledger says that it happened, and neither the words nor where to.
  const ledger = JSON.stringify(office.made.events);
  for (const word of [hanako.name, "taro@example.jp", "登校", "hooks/momonoki", "app-user-7"]) {
    expect(ledger).not.toContain(word);
  }
});

/** The channel's own fields alone, as the schema takes them. */
function withoutAddress(contact: { address?: string }): never {
  const { address: _, ...rest } = contact;
  return rest as never;
}

test("no address, name or word lies open on the disk, before or after it was sent", async () => {
  await using to = await receivers();
  to.mails.answering = () => 451;
  await using office = new SchoolOffice(to.settings);
  await office.setUp({ [taro.reference]: mail() });
  office.made.now = at("08:11");
  office.seen("in", "08:10");
  await expect.poll(() => office.school.waiting, { timeout: 60_000 }).toBe(1);
  await office.idle();
  const files = readdirSync(office.persons.dir, { recursive: true, withFileTypes: true });
  for (const file of files.filter((one) => one.isFile())) {
    const bytes = readFileSync(join(file.parentPath, file.name)).toString("latin1");
    for (const word of ["taro@example.jp", office.child, 'arrival"', hanako.name]) {
      expect(bytes.includes(Buffer.from(word).toString("latin1"))).toBe(false);
    }
  }
});

test("expected and not there by the minute: told once; and told when it turns out otherwise", async () => {
  await using to = await receivers();
  await using office = new SchoolOffice(to.settings);
  await office.setUp({ [taro.reference]: mail({ language: "ja-easy", showName: false }) });
  office.made.now = at("08:44");
  await office.idle();
  expect(office.outcomes()).toEqual([]);
  office.made.now = at("08:45");
  await expect
    .poll(() => office.outcomes(), { timeout: 60_000 })
    .toEqual(["unconfirmed delivered"]);
  await office.idle();
  // The box was cut off and brings it after the lesson: what frightened somebody is taken back.
  office.made.now = at("10:30");
  office.seen("in", "08:20");
  await expect.poll(() => office.outcomes().length, { timeout: 60_000 }).toBe(2);
  const [first, second] = to.mails.mails.map(({ text }) => text);
  expect(first).toContain("お子（こ）さんが 学校（がっこう）に きたか、まだ わかりません");
  expect(second).toContain("08:20に 学校（がっこう）に きていました");
  for (const { text, head } of to.mails.mails) {
    expect(text + head.get("subject")).not.toContain(hanako.name);
  }
});

test("a teacher who takes an arrival back has the guardians asked", async () => {
  await using to = await receivers();
  await using office = new SchoolOffice(to.settings);
  await office.setUp({ [taro.reference]: mail() });
  office.made.now = at("08:11");
  office.seen("in", "08:10");
  await expect.poll(() => office.outcomes().length, { timeout: 60_000 }).toBe(1);
  office.made.now = at("09:00");
  const finding = { status: "unconfirmed" } as const;
  await office.school.desk.correct("api-key:test", {
    ...{ class: "2026-3-1", pupil: office.child, day: "2026-04-08" },
    ...{ finding, reason: "wrong-person" },
  });
  await expect
    .poll(() => office.outcomes(), { timeout: 60_000 })
    .toEqual(["arrival delivered", "unconfirmed delivered"]);
  expect(to.mails.mails[1]?.text).toContain("09:00の時点で");
});

test("what is no news is told to nobody", async () => {
  await using to = await receivers();
  await using office = new SchoolOffice(to.settings);
  await office.setUp({ [taro.reference]: mail() });
  office.seen("in", "08:10");
  await office.restart("10:15");
  // A box that was offline reports an arrival of two hours ago.
  await office.idle();
  expect(office.outcomes()).toEqual(["arrival too-late"]);
  expect(to.mails.mails).toEqual([]);
});

test("a gateway that was off at the minute frightens nobody hours later", async () => {
  await using to = await receivers();
  await using office = new SchoolOffice(to.settings);
  await office.setUp({ [taro.reference]: mail() });
  await office.restart("10:00");
  await office.idle();
  office.made.now = at("10:03");
  await office.idle();
  expect(office.outcomes()).toHaveLength(1);
  expect(office.outcomes()[0]).toMatch(/^unconfirmed (too-late|box-silent)$/);
  expect(to.mails.mails).toEqual([]);
});

test("while a box at the door is silent nobody is called unconfirmed", async () => {
  await using to = await receivers();
  await using office = new SchoolOffice(to.settings);
  const placed = { box: "in" as DeviceId, school: schoolId, door: "entrance" as const };
  await office.school.desk.placeBox({ ...placed, from: at("06:00") });
  office.behind.add("in" as DeviceId);
  await office.setUp({ [taro.reference]: mail() });
  office.made.now = at("08:50");
  await office.idle();
  expect(office.outcomes()).toEqual([]);
  office.behind.clear();
  await office.idle();
  await expect
    .poll(() => office.outcomes(), { timeout: 60_000 })
    .toEqual(["unconfirmed delivered"]);
});

test("where half a class is unseen it is the box, and no guardian hears of it", async () => {
  await using to = await receivers();
  await using office = new SchoolOffice(to.settings, { classUnseenMin: 2 });
  await office.setUp({ [taro.reference]: mail() });
  office.made.now = at("08:50");
  await office.idle();
  expect(office.outcomes()).toEqual([]);
  office.made.now = at("09:20");
  await office.idle();
  await expect.poll(() => office.outcomes()).toEqual(["unconfirmed class-unseen"]);
  expect(to.mails.mails).toEqual([]);
});

test("a notice that waits is not sent when it is no longer true", async () => {
  await using to = await receivers();
  let refusals = 0;
  to.mails.answering = () => {
    refusals += 1;
    return 451;
  };
  await using office = new SchoolOffice(to.settings);
  await office.setUp({ [taro.reference]: mail() });
  office.made.now = at("08:45");
  // It was tried once, and waits: the clock stands still.
  await expect.poll(() => refusals, { timeout: 60_000 }).toBe(1);
  office.seen("in", "08:46");
  to.mails.answering = () => 0;
  office.made.now = at("08:47");
  await expect
    .poll(() => [...office.outcomes()].sort(), { timeout: 60_000 })
    .toEqual(["arrival delivered", "unconfirmed overtaken"]);
  expect(to.mails.mails).toHaveLength(1);
});

test("a receiver that fails is asked again with the same key; one that is gone is not", async () => {
  await using to = await receivers();
  const answers = [503, 429, 200];
  to.hooks.answering = () => answers.shift() ?? 410;
  await using office = new SchoolOffice(to.settings);
  await office.setUp({ [mother.reference]: withoutAddress(to.hook) });
  office.made.now = at("08:11");
  office.seen("in", "08:10");
  const later = async () => {
    office.made.now += 60_000;
    return office.outcomes();
  };
  await expect.poll(later, { timeout: 60_000, interval: 100 }).toEqual(["arrival delivered"]);
  expect(to.hooks.received.map(({ id }) => id)).toHaveLength(3);
  expect(to.hooks.distinct).toHaveLength(1);
  expect(new Set(to.hooks.received.map(({ raw }) => raw)).size).toBe(1);
  office.made.now = at("15:41");
  office.made.box((boxes) =>
    boxes.desk({
      ...{ type: "school.box-placed", box: "out" as DeviceId, school: schoolId, door: "exit" },
      from: at("07:00"),
    }),
  );
  office.seen("out", "15:40");
  await expect
    .poll(() => office.outcomes(), { timeout: 60_000 })
    .toEqual(["arrival delivered", "departure refused"]);
  await office.idle();
  expect(to.hooks.received).toHaveLength(4);
});

test.each([
  { status: 550, outcome: "arrival refused" },
  { status: 451, outcome: "arrival given-up" },
])("a mailbox that answers $status ends as: $outcome", async ({ status, outcome }) => {
  await using to = await receivers();
  to.mails.answering = () => status;
  await using office = new SchoolOffice(to.settings);
  await office.setUp({ [taro.reference]: mail() });
  office.made.now = at("08:11");
  office.seen("in", "08:10");
  await expect.poll(() => office.school.waiting + office.outcomes().length).toBe(1);
  const later = async () => {
    if (office.made.now < at("12:30")) office.made.now += 900_000;
    return office.outcomes();
  };
  await expect.poll(later, { timeout: 60_000, interval: 100 }).toEqual([outcome]);
});

test("a webhook without a shared secret is signed with the gateway's key", async () => {
  await using to = await receivers();
  const [{ origin = "", caFile = "" } = {}] = to.settings.webhooks;
  const webhooks = [{ origin, caFile, signing: { kind: "gateway-key" } as const }];
  await using office = new SchoolOffice({ webhooks });
  await office.setUp({ [mother.reference]: withoutAddress(to.hook) });
  office.made.now = at("08:11");
  office.seen("in", "08:10");
  await expect.poll(() => to.hooks.received.length, { timeout: 60_000 }).toBe(1);
  const { headers, id, raw } = to.hooks.received[0]!;
  const signed = `${id}.${headers["webhook-timestamp"]}.${raw}`;
  const [version, signature = ""] = String(headers["webhook-signature"]).split(",");
  const bytes = Buffer.from(signature, "base64");
  expect(version).toBe("v1a");
  expect(verify(null, Buffer.from(signed), office.publicKey, bytes)).toBe(true);
});

test("nobody is told who should not be: ties, wishes, protection, and addresses that are not the operator's", async () => {
  await using to = await receivers();
  await using office = new SchoolOffice(to.settings);
  const bond = { ward: hanako.reference, relation: "father" } as const;
  office.persons.put("guardians", { ...bond, guardian: mother.reference, notify: false });
  await office.setUp({
    [taro.reference]: mail({ kinds: ["departure"] }),
    [mother.reference]: mail({ channel: "email" }),
  });
  for (const [guardian, url, code] of [
    [mother.reference, "https://localhost:1/hooks", "ADDRESS_NOT_ALLOWED"],
    ["R-9999", `${to.url}`, "GUARDIAN_UNKNOWN"],
  ] as const) {
    const contact = { ...(withoutAddress(to.hook) as object), url } as never;
    expect(office.school.setContact({ guardian, contact })).toMatchObject({ ok: false, code });
  }
  office.made.now = at("08:11");
  office.seen("in", "08:10");
  await office.idle();
  // The other child of the class is under protection: it is not seen, and nobody hears of it.
  office.made.now = at("08:46");
  await office.idle();
  expect(to.mails.mails).toEqual([]);
  expect(to.hooks.received).toEqual([]);
});

test("after a restart nothing is told a second time", async () => {
  await using to = await receivers();
  await using office = new SchoolOffice(to.settings);
  await office.setUp({ [taro.reference]: mail() });
  office.made.now = at("08:11");
  office.seen("in", "08:10");
  await expect.poll(() => office.outcomes(), { timeout: 60_000 }).toEqual(["arrival delivered"]);
  await office.restart("08:15");
  await office.idle();
  await office.idle();
  expect(office.outcomes()).toEqual(["arrival delivered"]);
  expect(to.mails.mails).toHaveLength(1);
});

test("whoever the registry forgets has no address here any more", async () => {
  await using to = await receivers();
  await using office = new SchoolOffice(to.settings);
  await office.setUp({ [taro.reference]: mail(), [mother.reference]: mail() });
  const contacts = () => {
    const database = openDatabase(schoolFiles(office.persons.dir).contacts, {
      ...{ migrations: [""], synchronous: "NORMAL", readonly: true },
    });
    const row = database.prepare("SELECT count(*) AS count FROM contacts").get();
    database.close();
    return row;
  };
  expect(contacts()).toEqual({ count: 2 });
  office.persons.registry.forget(taro.reference);
  await office.restart("08:00");
  await expect.poll(contacts, { timeout: 60_000 }).toEqual({ count: 1 });
});
