import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { TrialEnded } from "#contract/bodies/trial.ts";
import { type Event, parseEvent } from "#contract/events.ts";
import type { DeviceId, MonotonicMs, PersonId, WallMs } from "#contract/ids.ts";
import { Outbox } from "#device/delivery/outbox.ts";
import { GalleryStore } from "#device/gallery/gallery-store.ts";
import { TrialEnd, type TrialPorts } from "#device/trial/trial-end.ts";
import type { ServiceTerms } from "#firmware-config/service-terms.ts";
import { trialEnds } from "#gateway/views/trial-ends.ts";
import { silentLog } from "#runtime/log.ts";
import { keyOfSeed } from "#test/gateway/test-device.ts";
import { codeOf } from "#test/support/code-of.ts";

const end = Date.parse("2026-10-01T00:00:00+09:00");
const hourMs = 3_600_000;
const terms: ServiceTerms = [
  {
    service: "bus.boarding",
    validFrom: "2026-04-01T00:00:00+09:00",
    endsAt: "2026-10-01T00:00:00+09:00",
  },
];
const prolonged: ServiceTerms = [
  ...terms,
  {
    service: "bus.boarding",
    validFrom: "2026-09-15T00:00:00+09:00",
    endsAt: "2027-04-01T00:00:00+09:00",
  },
];

let folder: string;
let now: number;
let monotonic: number;
let quality: Event["clock"];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tebura-trial-"));
  [now, monotonic, quality] = [end - hourMs, 0, "synced"];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const clock = {
  wall: () => now as WallMs,
  monotonic: () => monotonic as MonotonicMs,
  sleep: async (_: number, signal: AbortSignal) =>
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve())),
  get quality() {
    return quality;
  },
};
const passes = (ms: number) => {
  now += ms;
  monotonic += ms;
};

/** A box's files, opened again as often as its power comes back. */
class Box implements AsyncDisposable {
  readonly removed: PersonId[] = [];
  readonly gallery: GalleryStore;
  readonly outbox: Outbox;
  readonly trial: TrialEnd;

  constructor({
    failing,
    ...change
  }: Partial<TrialPorts> & { failing?: "tell" | "told" | "delete" } = {}) {
    const file = (name: string) => join(folder, name);
    this.gallery = new GalleryStore({
      ...{ path: file("gallery.db"), key: Buffer.alloc(32, 7), model: "made", dimensions: 4 },
      wall: clock.wall,
      isOver: () => this.trial.isOver,
    });
    const { privateKey } = keyOfSeed(1);
    this.outbox = new Outbox({
      ...{ path: file("outbox.db"), device: "bus-7" as DeviceId, privateKey },
      ...{ wall: clock.wall, clockQuality: () => quality },
    });
    const cut = (): never => {
      throw new Error("the power is gone");
    };
    this.trial = new TrialEnd({
      ...{ path: file("trial.db"), service: "bus.boarding", terms: () => terms, clock },
      gallery: this.gallery,
      backup: file("gallery.backup.db"),
      photographs: { dataDir: folder, elsewhere: "leave" },
      outbox: cutAt(failing, this.outbox, cut),
      ...{ log: silentLog, namesHeld: () => 0 },
      onDeleted: (people) => (failing === "delete" ? cut() : this.removed.push(...people)),
      ...change,
    });
  }

  enrol(name: string): void {
    const templates = [Float32Array.of(1, 0, 0, 0)];
    this.gallery.enrol({ name, templates, replace: false });
  }

  get ended(): readonly TrialEnded[] {
    const bodies = this.outbox
      .read(1, 100)
      .map(({ sealed }) => parseEvent(Buffer.from(sealed.split(".")[1] ?? "", "base64url")).body);
    return bodies.filter((body) => body.type === "trial.ended");
  }

  #isClosed = false;

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.trial[Symbol.asyncDispose]();
    this.outbox[Symbol.dispose]();
    this.gallery[Symbol.dispose]();
  }
}

/** An outbox that loses its power before it writes, or before anybody hears that it has. */
function cutAt(
  failing: string | undefined,
  outbox: Outbox,
  cut: () => never,
): TrialPorts["outbox"] {
  if (failing !== "tell" && failing !== "told") return outbox;
  return {
    read: outbox.read.bind(outbox),
    append: async (body) => {
      if (failing === "told") await outbox.append(body);
      return cut();
    },
    get lastSequence() {
      return outbox.lastSequence;
    },
  };
}

test("until its end a service goes on, and from that millisecond it is over", async () => {
  await using box = new Box();
  box.enrol("Aoi");
  now = end - 1;
  await box.trial.look();
  expect(box.trial.isOver).toBe(false);
  expect(box.gallery.templateCount).toBe(1);
  passes(1);
  expect(box.trial.isOver).toBe(true);
  await box.trial.look();
  expect(box.gallery.templateCount).toBe(0);
  expect(box.removed).toHaveLength(1);
});

test("the box says so once, with the gallery's hash before and after, and nobody is enrolled again", async () => {
  await using box = new Box();
  const empty = box.gallery.state().digest;
  box.enrol("Aoi");
  box.enrol("Ben");
  writeFileSync(join(folder, "gallery.backup.db"), "a copy");
  const before = box.gallery.state().digest;
  passes(2 * hourMs);
  await box.trial.look();
  await box.trial.look();
  const said = { service: "bus.boarding", endsAt: end, before, after: empty };
  const photographs = { deleted: 0, left: 0 };
  expect(box.ended).toEqual([
    { type: "trial.ended", ...said, people: 2, templates: 2, photographs },
  ]);
  expect(existsSync(join(folder, "gallery.backup.db"))).toBe(false);
  expect(codeOf(() => box.enrol("Cho"))).toBe("SERVICE_OVER");
});

test.each(["tell", "delete"] as const)(
  "a power cut in the middle (%s) leaves a box that goes on from there, and says it once",
  async (failing) => {
    await using first = new Box();
    first.enrol("Aoi");
    const before = first.gallery.state().digest;
    await first[Symbol.asyncDispose]().catch(() => undefined);
    passes(2 * hourMs);
    const cut = new Box({ failing });
    await cut.trial.look();
    expect(cut.ended).toEqual([]);
    await cut[Symbol.asyncDispose]();
    await using again = new Box();
    expect(again.trial.isOver).toBe(true);
    await again.trial.look();
    expect(again.gallery.templateCount).toBe(0);
    expect(again.ended).toMatchObject([{ before, people: 1 }]);
  },
);

test("a power cut after the event and before its mark makes no second event", async () => {
  const first = new Box();
  first.enrol("Aoi");
  passes(2 * hourMs);
  await using told = new Box({ failing: "told" });
  await told.trial.look();
  expect(told.ended).toHaveLength(1);
  await told[Symbol.asyncDispose]();
  await first[Symbol.asyncDispose]();
  await using again = new Box();
  await again.trial.look();
  expect(again.ended).toHaveLength(1);
});

/** A folder of photographs as `--gallery` names one, with a list of names that is no photograph. */
function photographsIn(parent: string): string {
  const path = join(parent, "people");
  for (const name of ["Aoi", "Ben"]) {
    mkdirSync(join(path, name), { recursive: true });
    writeFileSync(join(path, name, "front.jpg"), "made");
  }
  writeFileSync(join(path, "Ben", "note.txt"), "no photograph");
  return path;
}

test("photographs in the box's own folder go with the templates, and nothing else does", async () => {
  const people = photographsIn(folder);
  await using box = new Box();
  box.trial.enrolledFrom(people);
  box.enrol("Aoi");
  passes(2 * hourMs);
  await box.trial.look();
  expect(box.ended).toMatchObject([{ photographs: { deleted: 2, left: 0 } }]);
  expect(readdirSync(people, { recursive: true })).toEqual(["Ben", join("Ben", "note.txt")]);
});

test("photographs elsewhere are the operator's: the box says how many are left, and when they are gone", async () => {
  const elsewhere = mkdtempSync(join(tmpdir(), "tebura-operator-"));
  try {
    const people = photographsIn(elsewhere);
    const logged: string[] = [];
    const log: TrialPorts["log"] = (event) => void logged.push(event);
    await using box = new Box({ log });
    box.trial.enrolledFrom(people);
    box.enrol("Aoi");
    passes(2 * hourMs);
    for (const _ of ["once", "twice"]) await box.trial.look();
    expect(box.ended).toMatchObject([{ templates: 1, photographs: { deleted: 0, left: 2 } }]);
    expect(logged).toContain("trial.photographs-left");
    rmSync(people, { recursive: true });
    for (const _ of ["once", "twice"]) await box.trial.look();
    expect(box.ended.slice(1)).toMatchObject([{ photographs: { deleted: 0, left: 0 } }]);
  } finally {
    rmSync(elsewhere, { recursive: true, force: true });
  }
});

test("where the settings say so, photographs elsewhere go too, over a restart as well", async () => {
  const elsewhere = mkdtempSync(join(tmpdir(), "tebura-operator-"));
  try {
    const people = photographsIn(elsewhere);
    const first = new Box();
    first.trial.enrolledFrom(people);
    first.enrol("Aoi");
    await first[Symbol.asyncDispose]();
    passes(2 * hourMs);
    await using box = new Box({ photographs: { dataDir: folder, elsewhere: "delete" } });
    await box.trial.look();
    expect(box.ended).toMatchObject([{ photographs: { deleted: 2, left: 0 } }]);
    expect(existsSync(join(people, "Aoi"))).toBe(false);
  } finally {
    rmSync(elsewhere, { recursive: true, force: true });
  }
});

test("a trial that was prolonged goes on", async () => {
  await using box = new Box({ terms: () => prolonged });
  box.enrol("Aoi");
  passes(2 * hourMs);
  await box.trial.look();
  expect(box.trial.isOver).toBe(false);
  expect(box.gallery.templateCount).toBe(1);
});

test("an unsynced clock is enough to refuse, and not to delete", async () => {
  await using box = new Box();
  box.enrol("Aoi");
  await box.trial.look();
  quality = "unsynced";
  now = end + 400 * 24 * hourMs;
  monotonic += 1_000;
  await box.trial.look();
  expect(box.trial.isOver).toBe(true);
  expect(box.gallery.templateCount).toBe(1);
  // An hour of running later the end has passed, whatever the clock on the wall says.
  now = 0;
  monotonic += hourMs;
  expect(box.trial.isOver).toBe(true);
  await box.trial.look();
  expect(box.gallery.templateCount).toBe(0);
});

test("a clock that fell back to 1970 brings nothing to life, over a restart as well", async () => {
  const first = new Box();
  first.enrol("Aoi");
  now = end - 60_000;
  await first.trial.look();
  await first[Symbol.asyncDispose]();
  [now, monotonic, quality] = [0, 0, "unsynced"];
  await using again = new Box();
  expect(again.trial.isOver).toBe(false);
  monotonic += 60_000;
  expect(again.trial.isOver).toBe(true);
  await again.trial.look();
  expect(again.gallery.templateCount).toBe(0);
  expect(again.ended).toHaveLength(1);
});

test("a box that never knew the time goes by its own clock", async () => {
  quality = "unsynced";
  await using box = new Box();
  box.enrol("Aoi");
  passes(2 * hourMs);
  await box.trial.look();
  expect(box.gallery.templateCount).toBe(0);
});

test("the gateway shows which boxes have said so, and which have not", () => {
  const view = trialEnds();
  const state = view.empty();
  const said = { service: "bus.boarding", endsAt: end, people: 1, templates: 1 } as const;
  const digest = "A".repeat(43);
  const tell = (device: string, sequence: number, body: object) =>
    view.apply(state, {
      ...{ index: sequence, refusal: null },
      event: { device, sequence, at: end, body } as unknown as Event,
    });
  for (const box of ["bus-1", "bus-2"]) {
    tell(box, 1, { type: "device.started", version: "1", service: "bus.boarding" });
  }
  tell("bus-1", 2, { type: "trial.ended", ...said, before: digest, after: digest });
  expect(view.show(state).ends).toMatchObject([
    { service: "bus.boarding", endsAt: end, boxes: [{ device: "bus-1" }], missing: ["bus-2"] },
  ]);
  const ended = { type: "trial.ended", ...said, before: digest, after: digest };
  tell("bus-2", 5, { ...ended, photographs: { deleted: 0, left: 0 } });
  tell("bus-2", 3, { ...ended, photographs: { deleted: 0, left: 7 } });
  expect(view.show(state).ends[0]?.boxes).toMatchObject([
    { device: "bus-1", photographs: null },
    { device: "bus-2", sequence: 3, photographs: { deleted: 0, left: 0 } },
  ]);
});
