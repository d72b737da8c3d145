import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { TeburaError } from "#contract/errors.ts";
import { deviceFiles } from "#device/appliance-ports.ts";
import type { CardReaders } from "#device/card/card.ts";
import { openJpki } from "#device/card/jpki/jpki-card.ts";
import { openPcscReaders } from "#device/card/pcsc-readers.ts";
import {
  openTrialAuthority,
  openTrialCard,
  type TrialKind,
  trialKinds,
} from "#device/card/virtual/trial-authority.ts";
import { VirtualReaders } from "#device/card/virtual/virtual-readers.ts";
import type { CardPorts } from "#device/step-up/open-desk.ts";
import type { Disposables } from "#runtime/disposables.ts";
import type { Log } from "#runtime/log.ts";
import { clock, foldersOf } from "./parts.ts";
import type { CommandSettings } from "./settings.ts";

/** The card readers of a box, and the trial card where one was asked for. */
export interface CardParts extends Omit<CardPorts, "prompt"> {
  readonly virtual?: {
    readonly place: "down" | "away";
    move(place: "down" | "away"): void;
  };
}

/** A box that no reader is plugged into: it runs, and says so in its health. */
const noReaders: CardReaders = {
  names: [],
  isVirtual: false,
  onCard: () => () => undefined,
  async [Symbol.asyncDispose]() {},
};

/**
 * The readers of this box, or the trial card's own where one is asked for. Readers are left alone where the box
 * trusts no authority: it could judge no card, and another program may want the reader.
 */
export async function openCards(
  settings: CommandSettings,
  { trial, log }: { readonly trial: TrialKind | undefined; readonly log: Log },
  parts: Disposables,
): Promise<CardParts> {
  const openCard = openJpki;
  if (trial === undefined) {
    const readers = trustsSomebody(settings) ? await openPcscReaders({ clock, log }) : undefined;
    return { readers: readers ? parts.use(readers) : noReaders, openCard };
  }
  const authority = openTrialAuthority(trialFolder(settings), () => clock.wall(), trial);
  const card = openTrialCard(authority, trial);
  const readers = parts.use(new VirtualReaders());
  const virtual = {
    get place() {
      return readers.isDown ? ("down" as const) : ("away" as const);
    },
    move(place: "down" | "away") {
      if (place === "down") readers.put(card);
      else readers.take();
    },
  };
  return { readers, openCard, virtual };
}

/**
 * Settings for a trial: box and gateway trust the trial card's authority and nobody else, so that a
 * real card is never asked of by a program that somebody tries out.
 */
export function trialSettings(settings: CommandSettings, kind: TrialKind): CommandSettings {
  const { trustDir } = openTrialAuthority(trialFolder(settings), () => clock.wall(), kind);
  return {
    ...settings,
    device: { ...settings.device, stepUp: { ...settings.device.stepUp, trustDir } },
    gateway: { ...settings.gateway, stepUp: { ...settings.gateway.stepUp, trustDir } },
  };
}

/** The trial card that `--virtual-card` and `--card-kind` ask for. Throws USAGE. */
export function trialOf(values: {
  readonly "virtual-card": boolean;
  readonly "card-kind"?: string | undefined;
}): TrialKind | undefined {
  const given = values["card-kind"];
  if (given === undefined) return values["virtual-card"] ? "healthy" : undefined;
  const kind = trialKinds.find((one) => one === given);
  if (kind && values["virtual-card"]) return kind;
  throw new TeburaError(
    "USAGE",
    `--card-kind goes with --virtual-card and takes ${trialKinds.join(", ")}`,
  );
}

/** Where this box keeps the anchors and lists that cards are held against. */
export function trustFolderOf(settings: CommandSettings): string {
  return settings.device.stepUp.trustDir ?? deviceFiles(foldersOf(settings).device).trust;
}

function trustsSomebody(settings: CommandSettings): boolean {
  const folder = join(trustFolderOf(settings), "anchors");
  return existsSync(folder) && readdirSync(folder).length > 0;
}

const trialFolder = ({ dataDir }: CommandSettings) => join(dataDir, "trial-card");
