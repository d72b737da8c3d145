import { readFile, writeFile } from "node:fs/promises";
import { TeburaError } from "#contract/errors.ts";
import { calibrate } from "#device/evaluate/calibrate.ts";
import { castFrom } from "#device/evaluate/cast.ts";
import { evaluateCoverings } from "#device/evaluate/coverings.ts";
import { detPlot } from "#device/evaluate/det-plot.ts";
import { evaluateDetection } from "#device/evaluate/detection.ts";
import { describeFaceSet, imageNames } from "#device/evaluate/face-set.ts";
import { evaluateIdentification } from "#device/evaluate/identification.ts";
import { type Measures, measuresOf, steadinessOf } from "#device/evaluate/measures.ts";
import { evaluatePad } from "#device/evaluate/pad.ts";
import { sceneFrom } from "#device/evaluate/paste.ts";
import { evaluateQuality } from "#device/evaluate/quality-curve.ts";
import { evaluateTracks } from "#device/evaluate/tracks.ts";
import { detCurves, evaluateVerification, parsePairs } from "#device/evaluate/verification.ts";
import { readImage } from "#device/source/read-image.ts";
import { commonHelp, commonOptions, readArguments } from "./arguments.ts";
import { type Io, printResult } from "./io.ts";
import { openVision } from "./open-vision.ts";
import { clock } from "./parts.ts";
import { progressBar } from "./progress.ts";
import { settingsFrom } from "./settings.ts";

const help = `Usage: tebura evaluate WHAT --images DIR [OPTIONS]

Measures the face engine on photographs of yours, with the code that the door runs.
DIR holds a folder of photographs for each person. Terms as in ISO/IEC 19795-1.

  verification    misses at false match rates; needs --pairs
  identification  enrols some photographs of each person and searches with the rest
  calibrate       what the model's scores and leads promise, and whether it holds
  quality         misses after turning away the worst photographs, by each measure of quality;
                  needs --pairs
  coverings       masks and dark glasses painted onto the photographs: how often they are named
  detection       faces pasted small into scenes: recall by eye distance; needs --scenes
  tracks          people who cross, leave and return in made videos: identity switches and
                  decisions for each person; needs --scenes
  pad             attacks made from the photographs, still and as videos: APCER and BPCER
                  (ISO/IEC 30107-3)

  --images DIR    the photographs
  --pairs FILE    left,right,same[,fold] with a heading; paths below DIR
  --enrol K       photographs per enrolled person (identification and calibrate; default 3)
  --people N      enrolled people at most (default 200); the rest are strangers
  --scenes DIR    pictures without a face
  --eyes PX       detection searches for faces down to this eye distance (default 11)
  --empty N       frames with nobody that detection looks at, every second one made (default 200)
  --sample N      photographs to use at most (coverings, detection and pad; default 100)
  --videos N      photographs that pad makes videos of, eight of each, 0 for none; or how often
                  tracks plays each of its scripts (default 10)
  --plot FILE     verification draws both errors' trade-off (DET) as SVG
  --out FILE      where calibrate writes its tables as JSON
${commonHelp}
`;

const options = {
  ...commonOptions,
  images: { type: "string" },
  pairs: { type: "string" },
  enrol: { type: "string", default: "3" },
  people: { type: "string", default: "200" },
  scenes: { type: "string" },
  eyes: { type: "string", default: "11" },
  empty: { type: "string", default: "200" },
  sample: { type: "string", default: "100" },
  videos: { type: "string", default: "10" },
  out: { type: "string" },
  plot: { type: "string" },
} as const;

type Values = ReturnType<typeof readArguments<typeof options>>["values"];

/** Runs one evaluation and prints what it found. Throws USAGE for wrong arguments. */
export async function evaluate(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = readArguments(args, options);
  if (values.help) {
    io.out(help);
    return 0;
  }
  const [what, ...more] = positionals;
  const task = what !== undefined && Object.hasOwn(tasks, what) ? tasks[what] : undefined;
  if (!task || more.length > 0) {
    throw new TeburaError(
      "USAGE",
      `evaluate takes one of ${Object.keys(tasks).join(", ")}. Try --help.`,
    );
  }
  printResult(io, values.json, await task(values, io), (result) =>
    JSON.stringify(result, undefined, 2),
  );
  return 0;
}

const tasks: Readonly<Record<string, (values: Values, io: Io) => Promise<object>>> = {
  async verification(values, io) {
    const pairs = await readPairs(values);
    const set = await describeAll(values, io);
    if (values.plot) {
      const title = `Verification, ${set.names.length} photographs, ${set.model}`;
      await writeFile(values.plot, detPlot(title, detCurves(set, pairs)));
    }
    return evaluateVerification(set, pairs);
  },
  async identification(values, io) {
    const enrol = countOf(values.enrol, "enrol");
    const peopleMax = countOf(values.people, "people");
    return evaluateIdentification(await describeAll(values, io), { enrol, peopleMax });
  },
  async calibrate(values, io) {
    const report = calibrate(await describeAll(values, io), countOf(values.enrol, "enrol"));
    const tables = { scoreToFalseMatchRate: report.table, leads: report.leads.table };
    if (values.out) await writeFile(values.out, `${JSON.stringify(tables, undefined, 2)}\n`);
    return report;
  },
  async quality(values, io) {
    const pairs = await readPairs(values);
    const dir = needed(values.images, "images");
    await using vision = await openVision(io, settingsFrom(values));
    const measures: Measures[] = [];
    const ports = { ...portsOf(io), vision };
    const set = await describeFaceSet(
      dir,
      await imageNames(dir),
      ports,
      async (row, image, face) => {
        measures[row] = measuresOf(face, await steadinessOf(vision, image, face));
      },
    );
    return evaluateQuality(set, measures, pairs);
  },
  async detection(values, io) {
    const scenes = needed(values.scenes, "scenes");
    const eyeDistancePxMin = countOf(values.eyes, "eyes");
    await using vision = await openVision(io, settingsFrom(values), { eyeDistancePxMin });
    const empty = countOf(values.empty, "empty");
    const ports = { ...portsOf(io), vision };
    return await evaluateDetection(await sampleOf(values), await pathsIn(scenes), empty, ports);
  },
  async coverings(values, io) {
    await using vision = await openVision(io, settingsFrom(values));
    return await evaluateCoverings(await sampleOf(values), { ...portsOf(io), vision });
  },
  async tracks(values, io) {
    const paths = await pathsIn(needed(values.scenes, "scenes"));
    const [dir, ports] = [needed(values.images, "images"), portsOf(io)];
    await using vision = await openVision(io, settingsFrom(values));
    const people = countOf(values.people, "people");
    const cast = await castFrom(dir, await imageNames(dir), people, { ...ports, vision });
    const backdrop = await readImage(paths[0]!);
    const scene = (seed: number) => sceneFrom(backdrop, seed);
    return await evaluateTracks(cast, scene, countOf(values.videos, "videos"), {
      ...ports,
      vision,
    });
  },
  async pad(values, io) {
    await using vision = await openVision(io, settingsFrom(values));
    const videos = values.videos === "0" ? 0 : countOf(values.videos, "videos");
    return await evaluatePad(await sampleOf(values), { ...portsOf(io), vision }, videos);
  },
};

async function describeAll(values: Values, io: Io) {
  const dir = needed(values.images, "images");
  const names = await imageNames(dir);
  await using vision = await openVision(io, settingsFrom(values));
  return await describeFaceSet(dir, names, { ...portsOf(io), vision });
}

/** The same photographs every time: every n-th of the sorted names. */
async function sampleOf(values: Values): Promise<readonly string[]> {
  const paths = await pathsIn(needed(values.images, "images"));
  const count = Math.min(paths.length, countOf(values.sample, "sample"));
  return Array.from({ length: count }, (_, i) => paths[Math.floor((i * paths.length) / count)]!);
}

async function pathsIn(dir: string): Promise<readonly string[]> {
  return (await imageNames(dir)).map((name) => `${dir}/${name}`);
}

async function readPairs(values: Values) {
  const path = needed(values.pairs, "pairs");
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new TeburaError("SOURCE_NOT_FOUND", `there is no file ${path}`, { cause });
  });
  return parsePairs(text, path);
}

function portsOf(io: Io) {
  const bar = progressBar(io);
  let shown = 0;
  return {
    readImage,
    monotonic: () => clock.monotonic(),
    signal: io.signal,
    onProgress(done: number, total: number) {
      if (done !== total && done < shown + total / 20) return;
      shown = done;
      bar({ label: "looking at photographs", done, total });
    },
  };
}

function needed(value: string | undefined, option: string): string {
  if (value !== undefined) return value;
  throw new TeburaError("USAGE", `--${option} is missing. Try --help.`);
}

function countOf(text: string, option: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new TeburaError("USAGE", `--${option} takes a whole number above 0, not "${text}"`);
}
