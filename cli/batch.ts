import { resolve } from "node:path";
import { Appliance } from "#device/app.ts";
import { type EnrolmentReport, enrolPeople } from "#device/enrolment/enrol.ts";
import { readPersonFolders } from "#device/enrolment/photo-folder.ts";
import { openIdentity } from "#device/identity/identity.ts";
import { openSource } from "#device/source/open-source.ts";
import { readImage } from "#device/source/read-image.ts";
import { median } from "#device/watch.ts";
import type { Settings } from "#firmware-config/settings.ts";
import { Disposables } from "#runtime/disposables.ts";
import { lockFolder } from "#runtime/folder-lock.ts";
import type { Io } from "./io.ts";
import { openGateway } from "./open-gateway.ts";
import { openVision } from "./open-vision.ts";
import { clock, clockQuality, foldersOf, logOf, random } from "./parts.ts";

export interface BatchResult {
  readonly frames: number;
  readonly faces: number;
  readonly tracks: number;
  /** Events to deliver in this run: made in it, or left waiting by one that was cut off. */
  readonly events: number;
  readonly admitted: Readonly<Record<string, number>>;
  readonly refused: number;
  readonly stepUp: number;
  /** Of those events, how many the gateway has signed for, and how many its ledger holds. */
  readonly receipts: number;
  readonly ledgerEntries: number;
  readonly ledgerIntact: boolean;
  /** Medians; for a frame, and for a face in landmarks, embed and match. */
  readonly stageMs: Readonly<
    Record<"decode" | "detect" | "landmarks" | "embed" | "match" | "total", number>
  >;
  readonly seconds: number;
  readonly peakRssMb: number;
  readonly enrolled: number;
  readonly photographsRefused: number;
  /** Events that an earlier run made and this one delivered. */
  readonly carriedOver: number;
}

/**
 * Gateway, broker and appliance in one process, over a source that ends: enrols, watches to the end,
 * waits until the gateway has signed for every event, checks the ledger, and stops.
 */
export async function runBatch(
  settings: Settings,
  galleryDir: string | undefined,
  io: Io,
): Promise<BatchResult> {
  const start = clock.monotonic();
  await using parts = new Disposables();
  const lock = lockFolder(settings.dataDir);
  parts.defer(() => lock[Symbol.dispose]());
  const log = logOf(io, true);
  const source = openSource(resolveSource(settings.device.source), { clock, log, random });
  parts.use(source);
  const people = galleryDir === undefined ? undefined : readPersonFolders(resolve(galleryDir));
  const gateway = openGateway(settings, { httpPort: 0, mqttPort: 0, log });
  parts.use(gateway);
  const { mqttUrl } = await gateway.start(io.signal);
  const folders = foldersOf(settings);
  const identity = openIdentity(folders.device, settings.device.id);
  gateway.registerDevice(identity.id, identity.publicKey);
  const vision = parts.use(await openVision(io, settings));
  const outcomes = { admitted: new Map<string, number>(), refused: 0, stepUp: 0 };
  const { service } = settings.device;
  const appliance: Appliance = new Appliance(
    {
      ...{ dataDir: folders.device, service, mqttUrl },
      policy: settings.policy[service],
      gatewayKey: gateway.publicKey,
      calibration: vision.calibration,
      reportsItself: false,
    },
    {
      ...{ clock, log, random, identity, vision, source, clockQuality },
      onFrame: async () => {},
      onDecision({ outcome, person }) {
        if (outcome === "refuse") outcomes.refused += 1;
        else if (outcome === "ask-card") outcomes.stepUp += 1;
        const name = person && appliance.gallery.nameOf(person);
        if (name) outcomes.admitted.set(name, (outcomes.admitted.get(name) ?? 0) + 1);
      },
    },
  );
  parts.use(appliance);
  const { receiptedSequence, depth: carriedOver } = appliance.outbox;
  const report = people
    ? await enrolPeople(
        people,
        { replace: true },
        { vision, gallery: appliance.gallery, readImage },
      )
    : undefined;
  tellRefusals(report, io);
  appliance.loadIndex(report && new Set(report.enrolled.map(({ person }) => person)));
  await appliance.run(io.signal);
  await appliance.uplink.idle(io.signal);
  const verdict = await gateway.verifyLedger();
  const events = appliance.outbox.lastSequence - receiptedSequence;
  const { counts } = appliance;
  return {
    ...{ frames: counts.frames, faces: counts.faces, tracks: counts.tracks, events },
    admitted: Object.fromEntries([...outcomes.admitted].sort()),
    ...{ refused: outcomes.refused, stepUp: outcomes.stepUp },
    receipts: appliance.outbox.receiptedSequence - receiptedSequence,
    ledgerEntries: gateway.ledger.head(identity.id).sequence - receiptedSequence,
    ledgerIntact: verdict.intact,
    stageMs: mediansOf(counts.stageMs),
    seconds: round((clock.monotonic() - start) / 1_000, 2),
    peakRssMb: Math.round(process.resourceUsage().maxRSS / 1_024),
    enrolled: report?.enrolled.length ?? appliance.index.people,
    photographsRefused: report?.refused.length ?? 0,
    carriedOver,
  };
}

function mediansOf(stageMs: Appliance["counts"]["stageMs"]): BatchResult["stageMs"] {
  const { decode, detect, landmarks, embed, match, total } = stageMs;
  const of = (values: readonly number[]) => round(median(values), 2);
  return {
    ...{ decode: of(decode), detect: of(detect), landmarks: of(landmarks) },
    ...{ embed: of(embed), match: of(match), total: of(total) },
  };
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}

function tellRefusals(report: EnrolmentReport | undefined, io: Io): void {
  for (const { code, message } of report?.refused ?? []) {
    io.err(`not enrolled: ${code}: ${message}\n`);
  }
}

/** Paths are resolved against where the user stands; addresses and devices are left alone. */
export function resolveSource(spec: string): string {
  return spec === "kiosk" || spec.includes("://") || spec.startsWith("/dev/")
    ? spec
    : resolve(spec);
}

/** The result in words. */
export function describeBatch(result: BatchResult): string {
  const admitted = Object.entries(result.admitted);
  const names = admitted.map(([name, count]) => `  ${name}: ${count}`);
  return [
    `${result.frames} frames, ${result.faces} faces, ${result.tracks} tracks in ${result.seconds} s`,
    `admitted ${admitted.reduce((sum, [, count]) => sum + count, 0)}, refused ${result.refused}, asked for a card ${result.stepUp}`,
    ...names,
    `${result.events} events, ${result.receipts} receipts, ${result.ledgerEntries} ledger entries, ledger ${result.ledgerIntact ? "intact" : "BROKEN"}`,
  ].join("\n");
}
