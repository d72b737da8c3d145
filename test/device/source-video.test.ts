import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { errorCodeOf } from "#contract/errors.ts";
import { openSource } from "#device/source/open-source.ts";
import { systemClock } from "#runtime/clock.ts";
import { plainImage, writeVideo } from "#test/support/made-images.ts";
import { hasFfmpeg, livingFfmpegs, needsFfmpeg } from "#test/support/media-servers.ts";

let folder: string;
const at = (name: string) => join(folder, name);
const level = (i: number) => 40 + 3 * (i % 60);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tebura-video-"));
  if (!hasFfmpeg()) return;
  const frames = Array.from({ length: 60 }, (_, i) => {
    const image = plainImage(160, 120, level(i));
    for (let k = 0; k < image.data.length; k += 7) image.data[k] = (k * 31 + i * 17) & 255;
    return image;
  });
  await writeVideo(at("whole.mkv"), frames);
  await writeVideo(at("fast.mp4"), frames, {
    encoder: ["-c:v", "mpeg4", "-q:v", "3", "-movflags", "+faststart"],
  });
  await writeVideo(at("slow.mp4"), frames, { encoder: ["-c:v", "mpeg4", "-q:v", "3"] });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function open(spec: string) {
  const events: Record<string, unknown>[] = [];
  const source = openSource(spec, {
    clock: systemClock,
    log: (event, fields) => events.push({ event, ...fields }),
    random: () => 0.5,
  });
  return { source, events };
}

async function count(spec: string) {
  const { source, events } = open(spec);
  await using _ = source;
  let frames = 0;
  for await (const { image, index } of source.frames(new AbortController().signal)) {
    expect(index).toBe(frames);
    expect(image).toMatchObject({ width: 160, height: 120 });
    frames += 1;
  }
  return { frames, state: source.state, codes: events.map(({ code }) => code) };
}

async function codeOf(spec: string): Promise<string | undefined> {
  try {
    await count(spec);
    return undefined;
  } catch (error) {
    return errorCodeOf(error) ?? String(error);
  }
}

function half(from: string, to: string, share = 0.5): string {
  const bytes = readFileSync(at(from));
  writeFileSync(at(to), bytes);
  truncateSync(at(to), Math.floor(bytes.length * share));
  return at(to);
}

test.skipIf(!hasFfmpeg())(
  needsFfmpeg("a video file gives every frame once, and ends"),
  async () => {
    expect(await count(at("whole.mkv"))).toEqual({ frames: 60, state: "ended", codes: [] });
    expect(await count(at("fast.mp4"))).toEqual({ frames: 60, state: "ended", codes: [] });
  },
);

test.skipIf(!hasFfmpeg())(
  "a file that breaks off gives the frames before, and says so",
  async () => {
    for (const [from, to] of [
      ["whole.mkv", "half.mkv"],
      ["fast.mp4", "half.mp4"],
    ] as const) {
      const { frames, state, codes } = await count(half(from, to));
      expect(frames).toBeGreaterThan(15);
      expect(frames).toBeLessThan(45);
      expect({ state, codes }).toEqual({ state: "lost", codes: ["SOURCE_ENDED_EARLY"] });
    }
  },
);

test.skipIf(!hasFfmpeg())("damage in the middle of a file is not its end", async () => {
  const bytes = readFileSync(at("whole.mkv"));
  bytes.fill(0x55, bytes.length >> 1, (bytes.length >> 1) + 300);
  writeFileSync(at("scratched.mkv"), bytes);
  const { frames, state } = await count(at("scratched.mkv"));
  expect(frames).toBeGreaterThanOrEqual(58);
  expect(state).toBe("ended");
});

test.skipIf(!hasFfmpeg()).each([
  {
    name: "a file cut before its index",
    make: () => half("slow.mp4", "cut.mp4"),
    code: "SOURCE_NOT_FOUND",
  },
  {
    name: "a file that is no video",
    make: () => {
      writeFileSync(at("text.mp4"), "no video at all\n".repeat(50));
      return at("text.mp4");
    },
    code: "SOURCE_NOT_FOUND",
  },
  {
    name: "an empty file",
    make: () => {
      writeFileSync(at("empty.mp4"), "");
      return at("empty.mp4");
    },
    code: "SOURCE_NOT_FOUND",
  },
  { name: "a missing file", make: () => at("missing.mp4"), code: "SOURCE_NOT_FOUND" },
  { name: "an unknown scheme", make: () => "gopher://example.invalid/1", code: "SOURCE_NOT_FOUND" },
])("$name is $code", async ({ make, code }) => {
  expect(await codeOf(make())).toBe(code);
});

test.skipIf(!hasFfmpeg())(
  "a name is never taken for an option, a protocol or a shell's words",
  async () => {
    const names = ["-i.mkv", "concat:a|b.mkv", "$(touch hacked) ;'\".mkv", "100%03d.mkv"];
    for (const name of names) {
      writeFileSync(at(name), readFileSync(at("whole.mkv")));
      expect((await count(at(name))).frames).toBe(60);
    }
  },
);

test.skipIf(!hasFfmpeg())("stopping in the middle leaves no decoder behind", async () => {
  const stop = new AbortController();
  const { source } = open(at("whole.mkv"));
  let frames = 0;
  for await (const _ of source.frames(stop.signal)) {
    frames += 1;
    if (frames === 3) stop.abort();
  }
  await source[Symbol.asyncDispose]();
  expect(frames).toBe(3);
  expect(livingFfmpegs(process.pid)).toEqual([]);
});

test("without ffmpeg, FFMPEG_MISSING says how to install it", async () => {
  writeFileSync(at("some.mp4"), "x");
  const { PATH } = process.env;
  try {
    process.env["PATH"] = folder;
    expect(() => open(at("some.mp4"))).toThrow(/apt-get install ffmpeg/);
    expect(() => open("rtsp://127.0.0.1:1/x")).toThrow(/apt-get install ffmpeg/);
  } finally {
    process.env["PATH"] = PATH;
  }
});
