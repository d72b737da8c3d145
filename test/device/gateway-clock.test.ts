import fc from "fast-check";
import { expect, test } from "vitest";
import type { DeviceId, MonotonicMs, WallMs } from "#contract/ids.ts";
import type { TimeAnswer } from "#contract/time.ts";
import { GatewayClock } from "#device/delivery/gateway-clock.ts";

const device = "bus-7" as DeviceId;

/** A box whose own clock woke up in 1970, and a world that knows better. */
function openClock(ownStart = 0) {
  const world = { elapsed: 0, own: ownStart, heard: [] as number[], lost: 0 };
  const clock = new GatewayClock({
    clock: {
      wall: () => (world.own + world.elapsed) as WallMs,
      monotonic: () => world.elapsed as MonotonicMs,
      sleep: async () => {},
    },
    systemQuality: () => "unsynced",
    onSet: (offsetMs) => world.heard.push(offsetMs),
    onLost: () => {
      world.lost += 1;
    },
  });
  const answer = (at: number, nonce = clock.question()): TimeAnswer => ({
    ...{ v: 1, device, at: at as WallMs, nonce: nonce ?? "" },
  });
  return { world, clock, answer };
}

const right = 1_795_000_000_000;

test("a box that woke up in 1970 tells the right time once it was answered, and says how far off it was", () => {
  const { world, clock, answer } = openClock();
  world.elapsed = 60_000;
  expect([clock.wall(), clock.quality]).toEqual([60_000, "unsynced"]);
  const asked = clock.question();
  world.elapsed += 400;
  clock.answered(answer(right, asked));
  expect([clock.wall(), clock.quality]).toEqual([right + 200, "signed"]);
  expect(world.heard).toEqual([right + 200 - 60_400]);
  world.elapsed += 5_000;
  expect(clock.wall()).toBe(right + 5_200);
});

test("an answer to another question, an old one, or one that took too long changes nothing", () => {
  const { world, clock, answer } = openClock();
  const old = clock.question();
  const asked = clock.question();
  clock.answered(answer(right, old));
  clock.answered(answer(right, "A".repeat(22)));
  expect(clock.quality).toBe("unsynced");
  world.elapsed += 5_001;
  clock.answered(answer(right, asked));
  expect(clock.quality).toBe("unsynced");
  const again = clock.question();
  clock.answered(answer(right, again));
  clock.answered(answer(right + 99_999, again)); // The same answer twice: the second is to no question.
  expect(clock.wall()).toBe(right);
});

test("it asks again after an hour, and when the box slept or somebody set its clock", () => {
  const { world, clock, answer } = openClock();
  clock.answered(answer(right));
  world.elapsed += 3_599_000;
  expect(clock.question()).toBeUndefined();
  world.elapsed += 2_000;
  clock.answered(answer(right + 3_601_000));
  expect(world.heard).toHaveLength(1);
  world.own += 86_400_000; // Its wall clock jumps by a day.
  expect([clock.quality, world.lost]).toEqual(["unsynced", 1]);
  clock.answered(answer(right + 3_602_000));
  expect(world.heard).toHaveLength(2);
});

test("while the gateway's time is known, the clock never goes backwards by more than a correction", () => {
  const steps = fc.array(fc.integer({ min: 0, max: 100_000 }), { maxLength: 30 });
  fc.assert(
    fc.property(steps, fc.integer({ min: -1e9, max: 1e9 }), (waits, own) => {
      const { world, clock, answer } = openClock(Math.max(0, right + own));
      clock.answered(answer(right));
      let last = clock.wall();
      for (const wait of waits) {
        world.elapsed += wait;
        const now = clock.wall();
        expect(now - last).toBe(wait);
        last = now;
      }
    }),
  );
});
