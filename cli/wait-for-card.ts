import { TeburaError } from "#contract/errors.ts";
import type { CardReaders, PresentedCard } from "#device/card/card.ts";
import { openPcscReaders } from "#device/card/pcsc-readers.ts";
import type { TrialKind } from "#device/card/virtual/trial-authority.ts";
import { Disposables } from "#runtime/disposables.ts";
import { silentLog } from "#runtime/log.ts";
import { openCards } from "./cards.ts";
import type { Io } from "./io.ts";
import { clock } from "./parts.ts";
import type { CommandSettings } from "./settings.ts";

interface Waiting {
  readonly settings: CommandSettings;
  /** The trial card, where one is asked for, is put down at once. */
  readonly trial: TrialKind | undefined;
  readonly waitSeconds: number;
}

/**
 * Runs `work` with the first card that is put down. Throws CARD_READER_MISSING without a reader, and
 * CARD_GONE when nobody puts a card down in time or it is taken away before `work` is done.
 */
export async function waitForCard<T>(
  { settings, trial, waitSeconds }: Waiting,
  io: Io,
  work: (card: PresentedCard) => Promise<T>,
): Promise<T> {
  await using parts = new Disposables();
  const readers = await openReaders(settings, trial, parts);
  if (!trial) io.err("put the card on the reader\n");
  const came = new AbortController();
  const served = new Promise<T>((resolve, reject) => {
    const stop = readers.onCard(async (card) => {
      stop();
      came.abort(); // From now on it has the time that it needs.
      await work(card).then(resolve, reject);
    });
  });
  const late = clock.sleep(waitSeconds * 1_000, AbortSignal.any([io.signal, came.signal])).then(
    () => Promise.reject(nobodyCame(readers, waitSeconds)),
    () => (came.signal.aborted ? served : Promise.reject(io.signal.reason)),
  );
  return await Promise.race([served, late]);
}

function nobodyCame({ names }: CardReaders, waitSeconds: number): TeburaError {
  return names.length > 0
    ? new TeburaError("CARD_GONE", `no card was put down within ${waitSeconds} seconds`)
    : new TeburaError(
        "CARD_READER_MISSING",
        "the PC/SC daemon is not there or shows no reader; is pcscd running, and a reader plugged in?",
      );
}

async function openReaders(
  settings: CommandSettings,
  trial: TrialKind | undefined,
  parts: Disposables,
): Promise<CardReaders> {
  if (trial) {
    const { readers, virtual } = await openCards(settings, { trial, log: silentLog }, parts);
    virtual?.move("down");
    return readers;
  }
  const readers = await openPcscReaders({ clock, log: silentLog });
  if (readers) return parts.use(readers);
  throw new TeburaError(
    "CARD_READER_MISSING",
    "the binding to card readers is not built. On Debian: sudo apt-get install -y pcscd libpcsclite-dev; " +
      "then run the same command again",
  );
}
