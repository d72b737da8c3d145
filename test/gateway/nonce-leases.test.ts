import { join } from "node:path";
import { expect, test } from "vitest";
import type { DeviceId, WallMs } from "#contract/ids.ts";
import { leaseTerms } from "#contract/leases.ts";
import { NonceStore } from "#device/step-up/nonce-store.ts";
import { NonceLeases } from "#gateway/step-up/nonce-leases.ts";
import { temporaryFolder } from "#test/gateway/gateway-under-test.ts";

const box = "bus-7" as DeviceId;
const start = 1_790_000_000_000 as WallMs;
const hours = (count: number) => (start + count * 3_600_000) as WallMs;

/** The gateway's side and the box's, on real files, with messages that tests can lose. */
function pair() {
  const folder = temporaryFolder();
  const path = join(folder.path, "box-nonces.db");
  const leases = new NonceLeases(join(folder.path, "nonces.db"));
  const store = new NonceStore(path);
  return {
    ...{ leases, store, path },
    /** One heartbeat: the box says what it holds and gets what it lacks, unless it is lost. */
    beat(now: WallMs, isLost = false): number {
      const sent = leases.leasesFor(box, store.lasting(now), now);
      if (!isLost) for (const lease of sent) store.add(lease, now);
      return sent.reduce((sum, { nonces }) => sum + nonces.length, 0);
    },
    [Symbol.dispose]() {
      store[Symbol.dispose]();
      leases[Symbol.dispose]();
      folder[Symbol.dispose]();
    },
  };
}

test("a box that was just connected can ask for cards for three days with no network", () => {
  using both = pair();
  both.beat(start);
  expect(both.store.left(hours(72))).toBe(leaseTerms.nonces);
  expect(both.store.left(hours(97))).toBe(0);
});

test("at any moment of a connected week, three days offline are covered", () => {
  using both = pair();
  for (let hour = 0; hour < 7 * 24; hour++) {
    both.beat(hours(hour));
    expect(both.store.left(hours(hour + 72))).toBeGreaterThanOrEqual(leaseTerms.nonces / 2);
  }
});

test("the lease shrinks with use, each nonce is given once, and more come before it runs out", () => {
  using both = pair();
  both.beat(start);
  const taken = Array.from({ length: leaseTerms.nonces / 2 + 1 }, () => both.store.take(start));
  expect(new Set(taken).size).toBe(taken.length);
  expect(both.store.left(start)).toBe(leaseTerms.nonces / 2 - 1);
  for (const nonce of taken) both.leases.use(nonce!);
  expect(both.beat(hours(1))).toBe(leaseTerms.nonces);
  expect(both.store.left(hours(1))).toBe(leaseTerms.nonces);
});

test("a lease that was lost is sent again, and asking without end gains nothing", () => {
  using both = pair();
  expect(both.beat(start, true)).toBe(leaseTerms.nonces);
  expect(both.beat((start + 1) as WallMs, true)).toBe(0);
  const again = both.leases.leasesFor(box, 0, hours(1));
  expect(both.leases.leasesFor(box, 0, hours(2))).toEqual(again);
  expect(both.beat(hours(3))).toBe(leaseTerms.nonces);
});

test("what a box has taken stays taken when the same lease comes once more, also after a crash", () => {
  using both = pair();
  const [lease] = both.leases.leasesFor(box, 0, start);
  both.store.add(lease!, start);
  const nonce = both.store.take(start);
  both.store[Symbol.dispose]();
  using reopened = new NonceStore(both.path);
  reopened.add(lease!, start);
  expect(reopened.left(start)).toBe(leaseTerms.nonces - 1);
  const rest = Array.from({ length: leaseTerms.nonces - 1 }, () => reopened.take(start));
  expect(rest).not.toContain(nonce);
  expect(reopened.take(start)).toBeUndefined();
});

test("a nonce is good for its box, for its time, and once", () => {
  using both = pair();
  const [lease] = both.leases.leasesFor(box, 0, start);
  const nonce = lease!.nonces[0]!;
  expect(both.leases.flawOf(nonce, box, start)).toBeUndefined();
  expect(both.leases.flawOf(nonce, "bus-8" as DeviceId, start)).toBe("NONCE_OTHER_DEVICE");
  expect(both.leases.flawOf(nonce, box, hours(97))).toBe("NONCE_EXPIRED");
  expect(both.leases.flawOf("A".repeat(22), box, start)).toBe("NONCE_NEVER_ISSUED");
  both.leases.use(nonce);
  expect(both.leases.flawOf(nonce, box, start)).toBe("NONCE_USED");
});

test("a gateway whose clock was a year ahead for a while still knows what boxes hold", () => {
  using both = pair();
  both.beat(start);
  const held = both.store.take(start)!;
  both.leases.leasesFor(box, 0, hours(400 * 24));
  expect(both.leases.flawOf(held, box, start)).toBeUndefined();
});
