import { expect, test } from "vitest";
import type { EventBody } from "#contract/events.ts";
import type { Pseudonym, WallMs } from "#contract/ids.ts";
import type { Ask } from "#test/support/api-key.ts";
import { startGateway, temporaryFolder } from "./gateway-under-test.ts";
import { TestDevice } from "./test-device.ts";

const person = "AAAAAAAAAAAAAAAAAAAAAA" as Pseudonym;
const arrival: EventBody = {
  ...{ type: "decision.made", service: "school.attendance", outcome: "admit" },
  ...{ reason: "face-matched", person, evidence: [] },
};
/** 08:15 in Tokyo; the box believes that it is five past midnight in 1970. */
const right = Date.parse("2026-11-24T08:15:00+09:00");
const told = 300_000 as WallMs;

interface Attendance {
  readonly view: { readonly days: readonly { readonly day: string }[] };
}

async function daysOf({ ask }: { readonly ask: Ask }): Promise<readonly string[]> {
  const answer = await ask("/api/views/school.attendance");
  return ((await answer.json()) as Attendance).view.days.map(({ day }) => day).sort();
}

test("an arrival signed with a wrong time moves to its right day, live and after a restart", async () => {
  using folder = temporaryFolder();
  await using device = new TestDevice("school-1", 1);
  {
    await using running = await startGateway(folder.path);
    const { gateway } = running;
    gateway.registerDevice(device.id, device.key.publicKey);
    await device.connect(running.mqttUrl);
    const events = [
      await device.next(arrival, { at: told, clock: "unsynced" }),
      await device.next(
        { type: "clock.set", since: 1, offsetMs: right - told },
        { at: right as WallMs, clock: "signed" },
      ),
      await device.next(arrival, { at: (right + 86_400_000) as WallMs, clock: "signed" }),
    ];
    await device.publish(events[0]!);
    await device.answer(gateway.publicKey);
    expect(await daysOf(running)).toEqual(["1970-01-01"]);
    for (const event of events.slice(1)) await device.publish(event);
    await expect.poll(() => daysOf(running)).toEqual(["2026-11-24", "2026-11-25"]);
    const { events: listed } = (await (await running.ask("/api/events")).json()) as {
      events: readonly { readonly event: { readonly at: number }; readonly correctedAt?: number }[];
    };
    // What was signed stays as it was.
    expect(listed.map(({ event, correctedAt }) => [event.at, correctedAt])).toEqual([
      [told, right],
      [right, undefined],
      [right + 86_400_000, undefined],
    ]);
    expect(await gateway.verifyLedger()).toMatchObject({ intact: true, entries: 3 });
  }
  await using again = await startGateway(folder.path);
  expect(await daysOf(again)).toEqual(["2026-11-24", "2026-11-25"]);
});

test("a box that asks is told the time with its own nonce, signed", async () => {
  using folder = temporaryFolder();
  await using running = await startGateway(folder.path);
  await using device = new TestDevice("school-1", 1);
  running.gateway.registerDevice(device.id, device.key.publicKey);
  await device.connect(running.mqttUrl);
  await device.sayHealth(0, { timeNonce: "B".repeat(22), cardReader: "none" });
  const answer = await device.time(running.gateway.publicKey);
  expect(answer.nonce).toBe("B".repeat(22));
  expect(Math.abs(answer.at - Date.now())).toBeLessThan(60_000);
});
