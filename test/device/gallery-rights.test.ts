import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { GalleryOrder } from "#contract/gallery-envelope.ts";
import type { DeviceId, MonotonicMs, PersonId, Pseudonym, WallMs } from "#contract/ids.ts";
import { reachesAgeAt } from "#contract/of-age.ts";
import { GalleryStore } from "#device/gallery/gallery-store.ts";
import { GalleryRights } from "#device/gallery/rights.ts";
import { followOrder } from "#device/gallery/sync/follow-order.ts";
import { forgetRow } from "#device/gallery/sync/forget-row.ts";
import type { GallerySyncPorts } from "#device/gallery/sync/ports.ts";
import { silentLog } from "#runtime/log.ts";

const service = "bus.boarding";
const owner = "person-1" as PersonId;
const person = "A".repeat(22) as Pseudonym;
const device = "bus-7" as DeviceId;
const ageMsMax = 10;
const never = Number.NEGATIVE_INFINITY;

/** Whatever can happen to one person on one box, in moments that collide. */
const happeningArbitrary = fc.oneof(
  fc.record({ kind: fc.constant("enrol" as const), lasts: fc.integer({ min: 1, max: 12 }) }),
  fc.record({ kind: fc.constant("remove" as const), number: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ kind: fc.constant("skip" as const), number: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ kind: fc.constant("reset" as const), number: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ kind: fc.constant("withdraw" as const) }),
  fc.record({ kind: fc.constant("confirm" as const), back: fc.integer({ min: 0, max: 15 }) }),
  fc.record({ kind: fc.constant("later" as const), by: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ kind: fc.constant("reopen" as const) }),
);

class Box implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "tebura-rights-"));
  now = 1_000_000;
  store = this.#open();
  rights = this.#rights();

  get ports(): GallerySyncPorts {
    return {
      ...{ store: this.store, service, log: silentLog, onChanged: () => undefined },
      record: async () => ({ sequence: 1 }),
    } as unknown as GallerySyncPorts;
  }

  reopen(): void {
    this.store[Symbol.dispose]();
    this.store = this.#open();
    this.rights = this.#rights();
  }

  enrol(until: number): void {
    this.store.transaction(() => {
      this.store.enrol({ name: "Aoi", templates: [unit], replace: true, person: owner });
      this.store.consents.put({
        ...{ service, person, owner, version: "B".repeat(22), origin: "enrolled" },
        ...{ from: this.now as WallMs, until: until as WallMs },
      });
    });
  }

  [Symbol.dispose](): void {
    this.store[Symbol.dispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #open(): GalleryStore {
    const path = join(this.#folder, "gallery.db");
    const wall = () => this.now as WallMs;
    return new GalleryStore({ path, key: Buffer.alloc(32, 1), model: "m+r", dimensions: 2, wall });
  }

  #rights(): GalleryRights {
    const clock = {
      wall: () => this.now as WallMs,
      monotonic: () => this.now as MonotonicMs,
      sleep: async () => undefined,
    };
    return new GalleryRights({ rows: this.store.consents, service, clock, ageMsMax });
  }
}

const unit = Float32Array.from([1, 0]);

test("whatever orders come, late, twice or never: a box matches on a consent that it knows to stand, and no other", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(happeningArbitrary, { maxLength: 25 }), async (happenings) => {
      using box = new Box();
      // What a careful clerk would write down beside the box.
      let [until, followed, confirmedAt] = [never, 0, never];
      for (const one of happenings) {
        if (one.kind === "enrol") {
          until = box.now + one.lasts;
          box.enrol(until);
        } else if (one.kind === "later") box.now += one.by;
        else if (one.kind === "reopen") box.reopen();
        else if (one.kind === "withdraw") {
          forgetRow({ service, persons: [person], order: 0 }, box.ports);
          until = never;
        } else if (one.kind === "confirm") {
          const at = box.now - one.back;
          if (at > box.store.consents.confirmedAt) box.store.consents.confirmedAt = at as WallMs;
          confirmedAt = Math.max(confirmedAt, at);
        } else {
          const order = { v: 1, device, number: one.number } as const;
          const given: GalleryOrder =
            one.kind === "remove"
              ? { ...order, kind: "remove", service, persons: [person] }
              : { ...order, kind: one.kind };
          await followOrder(given, new Uint8Array(), box.ports);
          if (one.number === followed + 1) {
            followed += 1;
            if (one.kind === "remove") until = never;
          }
        }
        const isFresh = box.now - confirmedAt <= ageMsMax;
        expect(box.rights.mayMatch(owner)).toBe(isFresh && box.now < until);
        expect(box.store.consents.order).toBe(followed);
        // Nobody's template stays behind without a consent that it rests on.
        expect(box.store.templateCount).toBe(until === never ? 0 : 1);
      }
    }),
    { numRuns: 60 },
  );
});

test("with no network a box matches a child to the last millisecond before the birthday, and nobody after", () => {
  using box = new Box();
  const birthday = reachesAgeAt("2011-11-24", 15, "Asia/Tokyo");
  box.now = birthday - 2;
  box.enrol(birthday);
  box.store.consents.confirmedAt = box.now as WallMs;
  expect(box.rights.mayMatch(owner)).toBe(true);
  box.now = birthday - 1;
  expect(box.rights.mayMatch(owner)).toBe(true);
  box.now = birthday;
  expect(box.rights.mayMatch(owner)).toBe(false);
  box.reopen();
  expect(box.rights.mayMatch(owner)).toBe(false);
});
