import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type EventBody, parseEvent } from "#contract/events.ts";
import type { DeviceId, PersonId, Pseudonym, WallMs } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import { DecisionRecorder } from "#device/delivery/decision-recorder.ts";
import { Outbox } from "#device/delivery/outbox.ts";
import { UnrecordedTally } from "#device/delivery/unrecorded-tally.ts";
import { type FacePathPorts, followFace } from "#device/pipeline.ts";
import type { Decision } from "#device/policy/decision.ts";
import type { FaceTrack } from "#device/tracks/tracker.ts";
import { defaultPolicyTable } from "#firmware-config/policy-default.ts";
import { silentLog } from "#runtime/log.ts";
import { keyOfSeed } from "#test/gateway/test-device.ts";
import { Disk } from "#test/simulation/disk.ts";

const device = "box-01" as DeviceId;
const { privateKey } = keyOfSeed(1);
const other: EventBody = { type: "source.changed", source: "camera", state: "dark" };
let folder: string;
let now: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tebura-unrecorded-"));
  now = 1_790_000_000_000;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function box(service: Service, eventsMax = 3) {
  const wall = () => now as WallMs;
  const disk = new Disk();
  const outbox = new Outbox({
    ...{ path: join(folder, "outbox.db"), device, privateKey, wall, eventsMax, open: disk.open },
    clockQuality: () => "synced",
  });
  const tally = new UnrecordedTally(join(folder, "unrecorded"));
  const recorder = new DecisionRecorder({ outbox, tally, service, wall, log: silentLog });
  const acted: Decision[] = [];
  const ports: FacePathPorts = {
    ...{ service, policy: defaultPolicyTable[service], model: "made", leads: [] },
    calibration: [{ threshold: 0.5, falseMatchRate: 1e-6 }],
    gallery: { people: 1, search: async () => [{ person: "p1" as PersonId, similarity: 0.99 }] },
    templatesOf: () => [],
    areLookAlikes: () => false,
    pseudonymOf: (person) => person.padEnd(22, "-") as Pseudonym,
    record: recorder.record.bind(recorder),
    missed: recorder.missed.bind(recorder),
    act: (decision) => acted.push(decision),
  };
  const track = { id: 1, frames: 3, liveness: "not-checked", template: new Float32Array(2) };
  return {
    ...{ outbox, tally, recorder, disk, acted },
    pass: () => followFace(track as unknown as FaceTrack, ports),
    bodies: () =>
      outbox.pending(1, 99).map(({ sealed }) => {
        return parseEvent(Buffer.from(sealed.split(".")[1] ?? "", "base64url")).body;
      }),
    deliver() {
      const last = outbox.pending(1, 99).at(-1)!;
      const { sequence, digest } = last;
      const receipt = { v: 1, device, sequence, event: digest, index: 1, entry: digest } as const;
      outbox.forget({ ...receipt, at: now as WallMs });
    },
    [Symbol.dispose]() {
      tally[Symbol.dispose]();
      outbox[Symbol.dispose]();
    },
  };
}

test.each([
  { service: "bus.boarding", outcome: "refuse", reason: "not-recordable", admitted: 0, refused: 2 },
  {
    service: "shelter.check-in",
    outcome: "admit",
    reason: "face-matched",
    admitted: 2,
    refused: 0,
  },
] as const)(
  "with a full outbox $service answers $outcome, and says how often once there is room",
  async (rule) => {
    using here = box(rule.service);
    for (let i = 0; i < 3; i++) await here.outbox.append(other);
    const { outcome, reason, admitted, refused } = rule;
    expect(await here.pass()).toMatchObject({ outcome, reason });
    now += 60_000;
    await here.pass();
    expect(here.acted).toMatchObject([
      { outcome, reason },
      { outcome, reason },
    ]);
    expect(here.recorder.refusal).toBe("OUTBOX_FULL");
    expect(here.outbox.lastSequence).toBe(3);

    here.deliver();
    now += 60_000;
    expect(await here.pass()).toMatchObject({ outcome: "admit", reason: "face-matched" });
    await here.recorder.settled();
    expect(here.bodies()).toMatchObject([
      { type: "decision.made", outcome: "admit" },
      {
        ...{ type: "decisions.unrecorded", service: rule.service, admitted, refused },
        ...{ since: now - 120_000, until: now - 60_000 },
      },
    ]);
    expect(here.tally.total).toBeUndefined();
    expect(here.recorder.refusal).toBeUndefined();
  },
);

test.each(["full", "read-only"] as const)(
  "a %s disk refuses like a full outbox does",
  async (state) => {
    using here = box("bus.boarding", 1_000);
    await here.outbox.append(other);
    here.disk.become(state);
    // A full disk takes what fits into the pages that the file already has.
    let last = await here.pass();
    for (let i = 0; i < 500 && last.outcome === "admit"; i++) last = await here.pass();
    expect(last).toMatchObject({ outcome: "refuse", reason: "not-recordable" });
    expect(here.recorder.refusal).toBe("DATA_UNWRITABLE");
    here.disk.become("sound");
    expect(await here.pass()).toMatchObject({ outcome: "admit" });
    await here.recorder.settled();
    expect(here.bodies().at(-1)).toMatchObject({ type: "decisions.unrecorded", refused: 1 });
  },
);

test("the count outlives the power, and a place that is torn leaves the one before", async () => {
  const path = join(folder, "unrecorded");
  const at = (seconds: number) => (1_790_000_000_000 + seconds * 1_000) as WallMs;
  {
    using tally = new UnrecordedTally(path);
    tally.add("admitted", at(1));
    tally.add("admitted", at(2));
    tally.add("refused", at(3));
  }
  {
    using tally = new UnrecordedTally(path);
    expect(tally.total).toEqual({ since: at(1), until: at(3), admitted: 2, refused: 1 });
  }
  const bytes = readFileSync(path);
  const newest = bytes.indexOf('"refused":1');
  bytes.write("?", newest + 2);
  writeFileSync(path, bytes);
  using tally = new UnrecordedTally(path);
  expect(tally.total).toEqual({ since: at(1), until: at(2), admitted: 2, refused: 0 });
});

test("what is missed while the count is being told is told next, in a span of its own", () => {
  using tally = new UnrecordedTally(join(folder, "unrecorded"));
  const at = (seconds: number) => (1_790_000_000_000 + seconds * 1_000) as WallMs;
  tally.add("refused", at(1));
  const told = tally.total!;
  tally.add("refused", at(2));
  tally.told(told);
  expect(tally.total).toMatchObject({ admitted: 0, refused: 1 });
  expect(tally.total!.since).toBeGreaterThan(told.since);
  tally.told(tally.total!);
  expect(tally.total).toBeUndefined();
});
