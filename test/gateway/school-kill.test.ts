import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleepFor } from "node:timers/promises";
import { expect, test } from "vitest";
import type { PlaceId } from "#contract/bodies/places.ts";
import type { EventBody } from "#contract/events.ts";
import { parseEvent } from "#contract/events.ts";
import type { PersonId, Pseudonym, WallMs } from "#contract/ids.ts";
import { Gateway } from "#gateway/app.ts";
import { gatewayFiles } from "#gateway/config.ts";
import { importBatches } from "#gateway/import/import-batches.ts";
import { readRecords } from "#gateway/import/read-file.ts";
import { Ledger } from "#gateway/ledger/ledger.ts";
import { systemClock } from "#runtime/clock.ts";
import { silentLog } from "#runtime/log.ts";
import { BundledScripts } from "#test/support/bundled-scripts.ts";
import { stepUpRules, temporaryFolder } from "./gateway-under-test.ts";
import type { SchoolOrder } from "./school-child.ts";
import { ownCertificate, secretIn, WebhookReceiver } from "./school-notices-under-test.ts";
import { face } from "./service-events.ts";
import { keyOfSeed, TestDevice } from "./test-device.ts";

const source = new URL("./school-child.ts", import.meta.url);
/** When the gateway is killed, in milliseconds after the receiver has the notice; undefined: before it answers. */
const kills = [undefined, 0, 2, 5, 10, 25];
const group = "2026-1-1";

/** A zone in which it is about noon now, whenever this test runs. */
function zoneOfNoon(): string {
  const ahead = 12 - new Date(systemClock.wall()).getUTCHours();
  return ahead > 0 ? `Etc/GMT-${ahead}` : `Etc/GMT+${-ahead}`;
}

/** A class whose children each have a guardian with a webhook; resolves to the children's pseudonyms. */
async function prepare(order: SchoolOrder, url: string): Promise<readonly Pseudonym[]> {
  const { dataDir, timeZone, notices } = order;
  await using gateway = new Gateway(
    {
      ...{ dataDir, host: "127.0.0.1", httpPort: 0, timeZone, stepUp: stepUpRules },
      fleet: { port: 0, hosts: ["127.0.0.1"] },
      mqtt: { kind: "embedded", port: 0, tls: false },
      school: { notices },
    },
    { clock: systemClock, log: silentLog },
  );
  const children = kills.map((_, i) => `C-${i}`);
  const places = { class: group, school: "第一小学校", schoolYear: 2026, name: "1組" };
  const today = "2026-04-01";
  const take = (kind: "persons" | "classes" | "guardians", records: readonly object[]) => {
    const batch = readRecords(kind, records, { today });
    expect(importBatches(gateway.persons, [batch], false)).toMatchObject({ imported: true });
  };
  const guardians = children.map((child) => `G-${child}`);
  const names = [...children, ...guardians];
  take(
    "persons",
    names.map((reference) => ({ reference, name: "山田" })),
  );
  take(
    "classes",
    children.map((person) => ({ ...places, person, role: "pupil" })),
  );
  take(
    "guardians",
    children.map((ward) => ({ guardian: `G-${ward}`, ward, relation: "parent", notify: true })),
  );
  await gateway.start(new AbortController().signal);
  const term = { class: group, from: "2020-01-01", until: "2099-12-31" };
  await gateway.school.desk.setRoster("api-key:test", { ...term, school: "first" as PlaceId });
  const hours = { begins: "00:00", ends: "23:59", dueBy: "23:58", lessons: [] };
  const week = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, ...hours }));
  await gateway.school.desk.setTimetable({ ...term, timeZone, week });
  for (const guardian of guardians) {
    const kinds = ["arrival" as const];
    const contact = { channel: "webhook", url, kinds, language: "ja", showName: true } as const;
    expect(gateway.school.setContact({ guardian, contact })).toMatchObject({ isUsable: true });
  }
  return children.map((child) => {
    const id = gateway.persons.idOf(child) as PersonId;
    return gateway.persons.pseudonymOf("school.attendance", id);
  });
}

async function startChild(script: string, order: SchoolOrder) {
  const args = [script, JSON.stringify(order)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(child.stdout!, "data")) as [Buffer];
  return { child, url: line.toString().trim() };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

function noticesIn(dataDir: string): readonly Extract<EventBody, { type: "school.notice-sent" }>[] {
  using ledger = new Ledger(gatewayFiles(dataDir).ledger, { readonly: true });
  return ledger.after(0, 10_000).flatMap(({ sealed }) => {
    const payload = Buffer.from(sealed.split(".")[1] ?? "", "base64url");
    const { body } = parseEvent(payload);
    return body.type === "school.notice-sent" ? [body] : [];
  });
}

test("killed between sending and recording, a gateway tells everything, and nothing twice to who honours the key", async () => {
  using scripts = new BundledScripts(source);
  const script = scripts.at(source);
  using folder = temporaryFolder();
  const tls = ownCertificate(folder.path);
  await using hooks = new WebhookReceiver(tls);
  const origin = await hooks.start();
  const secret = `whsec_${Buffer.alloc(32, 3).toString("base64")}`;
  const secretFile = secretIn(folder.path, "hook-secret", secret);
  const signing = { kind: "hmac", secretFile } as const;
  const notices = { webhooks: [{ origin, caFile: tls.file, signing }] };
  const dataDir = `${folder.path}/data`;
  const order = { dataDir, timeZone: zoneOfNoon(), notices, box: "gate" };
  const pupils = await prepare(order, `${origin}/hook`);
  await using box = new TestDevice(order.box, 9, keyOfSeed(9));
  let running = await startChild(script, order);
  for (const [round, delayMs] of kills.entries()) {
    const before = hooks.distinct.length;
    let killed: Promise<void> | undefined;
    hooks.answering = async ({ id }) => {
      const isNew = hooks.received.filter((one) => one.id === id).length === 1;
      if (!isNew || killed) return 204;
      const { child } = running;
      killed = sleepFor(delayMs ?? 0).then(async () => await kill(child));
      if (delayMs === undefined) await killed;
      return 204;
    };
    await box.connect(running.url);
    const arrival: EventBody = {
      ...{ type: "decision.made", service: "school.attendance", outcome: "admit" },
      ...{ reason: "face-matched", person: pupils[round]!, evidence: [face] },
    };
    await box.publish(await box.next(arrival, { at: systemClock.wall() as WallMs }));
    await expect.poll(() => killed !== undefined, { timeout: 60_000 }).toBe(true);
    await killed;
    await box[Symbol.asyncDispose]();
    running = await startChild(script, order);
    expect(hooks.distinct.length).toBe(before + 1);
  }
  await expect
    .poll(() => noticesIn(dataDir).length, { timeout: 60_000, interval: 200 })
    .toBe(kills.length);
  await kill(running.child);
  const recorded = noticesIn(dataDir);
  expect(recorded.map(({ outcome }) => outcome)).toEqual(kills.map(() => "delivered"));
  const ids = new Set(recorded.map(({ notice }) => notice));
  expect(ids).toEqual(new Set(hooks.distinct.map(({ id }) => id)));
  expect(ids.size).toBe(kills.length);
  // The one that was killed before it heard the answer has sent again.
  const again = hooks.received.filter(({ id }) => id === hooks.received[0]?.id);
  expect(again.length).toBeGreaterThan(1);
});
