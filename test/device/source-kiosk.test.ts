import { expect, test } from "vitest";
import { KioskSource } from "#device/source/kiosk.ts";
import { systemClock } from "#runtime/clock.ts";
import { faceJpeg } from "#test/support/made-images.ts";

function open() {
  const events: unknown[] = [];
  const source = new KioskSource({
    monotonic: () => systemClock.monotonic(),
    log: (event, fields) => events.push({ event, ...fields }),
  });
  return { source, events };
}

test("pictures from the page become frames; the newest wins; what is no picture is refused", async () => {
  const { source, events } = open();
  expect(source.state).toBe("lost");
  source.push(Buffer.from("no picture at all"));
  const stop = new AbortController();
  const frames = source.frames(stop.signal)[Symbol.asyncIterator]();
  const first = frames.next();
  await new Promise(setImmediate);
  source.push(await faceJpeg(0, { side: 96 }));
  expect((await first).value).toMatchObject({ index: 0, image: { width: 96, height: 96 } });
  expect(events).toEqual([
    { event: "source.image-refused", code: "IMAGE_UNREADABLE", source: "kiosk" },
  ]);
  expect(source.state).toBe("streaming");
  for (const side of [32, 48, 64]) source.push(await faceJpeg(0, { side }));
  expect((await frames.next()).value).toMatchObject({ image: { width: 64 } });
  expect(source.droppedCount).toBe(2);
  source.push(new Uint8Array(3 * 1_024 * 1_024));
  expect(source.refusedCount).toBe(2);
  source.pageLeft();
  expect(source.state).toBe("lost");
  stop.abort();
  expect((await frames.next()).done).toBe(true);
  await source[Symbol.asyncDispose]();
});

test("a picture larger than any camera's is refused before it is decoded", async () => {
  const { source } = open();
  const stop = new AbortController();
  const next = source.frames(stop.signal)[Symbol.asyncIterator]().next();
  source.push(await faceJpeg(0, { side: 1_930 }));
  await expect.poll(() => source.refusedCount).toBe(1);
  stop.abort();
  expect((await next).done).toBe(true);
});
