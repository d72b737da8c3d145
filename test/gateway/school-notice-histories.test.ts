import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleepFor } from "node:timers/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { EventBody } from "#contract/events.ts";
import type { MonotonicMs, PersonId, Pseudonym, WallMs } from "#contract/ids.ts";
import { defaultSchoolRules } from "#firmware-config/school.ts";
import { Sealer } from "#gateway/persons/sealer.ts";
import type { Message, NoticeSender } from "#gateway/school/notice-channel.ts";
import { NoticeDispatch } from "#gateway/school/notice-dispatch.ts";
import { NoticePlanner } from "#gateway/school/notice-planner.ts";
import { NoticeQueue } from "#gateway/school/notice-queue.ts";
import { silentLog } from "#runtime/log.ts";
import { at, rowsAt, SchoolEvents, wednesday } from "./school-events.ts";
import { mail } from "./school-office-under-test.ts";

const step = fc.record({
  act: fc.constantFrom(
    "in",
    "in",
    "out",
    "takeBack",
    "confirm",
    "absent",
    "wait",
    "restart",
    "again",
  ),
  minutes: fc.integer({ min: 0, max: 90 }),
  /** How long ago a box says that it was. */
  ago: fc.constantFrom(0, 0, 0, 1, 20, 120),
  fails: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer Made> ? Made : never;

/** A child's morning with a real queue on disk; the mail server is a list that can be down. */
class Morning {
  readonly folder = mkdtempSync(join(tmpdir(), "tebura-notices-"));
  readonly events = new SchoolEvents("abc");
  readonly child = this.events.pupils[0] as Pseudonym;
  readonly received: (Message & { readonly receivedAt: number })[] = [];
  /** What was begun to be sent, whether or not it arrived: as far as the gateway knows, it may have. */
  readonly begun = new Set<string>();
  isDown = false;
  now = at("08:00");
  #queue = this.#open();

  constructor() {
    this.events.door("in", "entrance");
    this.events.door("out", "exit");
    // The others are there, so that it is never the whole class.
    for (const other of this.events.pupils.slice(1)) this.events.seen("in", other, at("08:00"));
  }

  async turn(): Promise<void> {
    const state = this.events.state();
    const guardian = "guardian" as PersonId;
    const registry = {
      look: async () => [{ id: "child" as PersonId, reference: "C", name: "花子" }],
      ties: async () => [{ guardian: "G", ward: "C", relation: "parent", notify: true }],
      idOf: () => guardian,
      personOf: (_: string, pupil: Pseudonym) => (pupil === this.child ? "child" : undefined),
      pseudonymOf: () => "g".repeat(22) as Pseudonym,
    } as never;
    const contactOf = () => mail();
    const ports = { registry, queue: this.#queue, contactOf, state: () => state };
    const planner = new NoticePlanner({
      ...{ ...ports, rules: defaultSchoolRules, timeZone: "Asia/Tokyo", isBehind: () => false },
      startedAt: at("05:00"),
    });
    const email: NoticeSender<"email"> = {
      send: async (_, message) => {
        this.begun.add(message.story.kind);
        if (this.isDown) return { kind: "later", code: "DOWN" };
        this.received.push({ ...message, receivedAt: this.now });
        return { kind: "delivered" };
      },
      [Symbol.asyncDispose]: async () => {},
    };
    const dispatch = new NoticeDispatch({
      ...{
        ...ports,
        log: silentLog,
        channels: { email },
        isTrue: (story) => planner.isTrue(story),
      },
      clock: {
        wall: () => this.now as WallMs,
        monotonic: () => this.now as number as MonotonicMs,
        sleep: async (ms, signal) => await sleepFor(ms, undefined, { signal }),
      },
      record: async (body: EventBody) => this.events.desk(body, this.now),
    });
    await planner.plan(this.now);
    await dispatch.run(new AbortController().signal);
  }

  restart(): void {
    this.#queue[Symbol.dispose]();
    this.#queue = this.#open();
  }

  get recorded() {
    return this.events.events.flatMap(({ body }) =>
      body.type === "school.notice-sent" || body.type === "school.notice-withheld" ? [body] : [],
    );
  }

  [Symbol.dispose](): void {
    this.#queue[Symbol.dispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #open(): NoticeQueue {
    return new NoticeQueue(join(this.folder, "notices.db"), new Sealer(Buffer.alloc(32, 5)));
  }
}

function act(morning: Morning, { act: what, ago }: Step): void {
  const { events, child, now } = morning;
  const when = (now - ago * 60_000) as WallMs;
  const correct = (finding: object) =>
    events.said(child, { type: "school.corrected", finding, reason: "other" } as never, now);
  if (what === "in" || what === "out") events.seen(what, child, when);
  if (what === "takeBack") correct({ status: "unconfirmed" });
  if (what === "confirm") correct({ status: "present" });
  if (what === "absent")
    events.said(child, { type: "school.absence-confirmed", reason: "illness" }, now);
  if (what === "restart") morning.restart();
  const last = events.events.findLast(({ body }) => body.type === "decision.made");
  if (what === "again" && last) events.events.push(last);
}

test("in every morning a guardian hears each thing once, nothing stale, and in the end how it is", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      using morning = new Morning();
      await morning.turn();
      for (const one of steps) {
        morning.now = (morning.now + one.minutes * 60_000) as WallMs;
        if (morning.now >= at("23:00")) break;
        morning.isDown = one.fails;
        act(morning, one);
        const before = morning.received.length;
        await morning.turn();
        await morning.turn();
        const [row] = rowsAt(morning.events.state(), wednesday, morning.now);
        for (const { story, receivedAt } of morning.received.slice(before)) {
          const isUnconfirmed = row?.status === "unconfirmed" && !row.conflict;
          if (story.kind === "unconfirmed") expect(isUnconfirmed).toBe(true);
          const isNews = receivedAt - story.at <= (30 + 240) * 60_000;
          expect(isNews || story.isAllClear).toBe(true);
        }
      }
      const ids = morning.received.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      const recorded = morning.recorded.map(({ notice }) => notice);
      expect(new Set(recorded).size).toBe(recorded.length);
      const delivered = morning.recorded.filter(
        (body) => body.type === "school.notice-sent" && body.outcome === "delivered",
      );
      expect(delivered.map(({ notice }) => notice).sort()).toEqual([...ids].sort());
      for (const { story } of morning.received.filter((one) => one.story.isAllClear)) {
        expect(story.kind).toBe("arrival");
        expect(morning.begun).toContain("unconfirmed");
      }
    }),
    { numRuns: 60 },
  );
});
