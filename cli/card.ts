import { TeburaError } from "#contract/errors.ts";
import type { PersonId } from "#contract/ids.ts";
import type { PresentedCard } from "#device/card/card.ts";
import { type CardNumber, readCardNumber } from "#device/card/contactless.ts";
import { type JpkiCard, openJpki } from "#device/card/jpki/jpki-card.ts";
import { type CardAttributes, openText } from "#device/card/text-application.ts";
import type { GalleryStore } from "#device/gallery/gallery-store.ts";
import { examineCard } from "#device/step-up/examine-card.ts";
import { silentLog } from "#runtime/log.ts";
import { TrustFolder } from "#runtime/trust-folder.ts";
import { commonHelp, commonOptions, readArguments, readWholeNumber } from "./arguments.ts";
import { trialOf, trialSettings, trustFolderOf } from "./cards.ts";
import { openGallery } from "./gallery.ts";
import { type Command, type Io, printResult } from "./io.ts";
import { cardTrustOf, clock } from "./parts.ts";
import { type CommandSettings, settingsFrom } from "./settings.ts";
import { waitForCard } from "./wait-for-card.ts";

const help = `Usage: tebura card show | read | link NAME [--guardian | --transit] | unlink NAME [OPTIONS]

Whose card is whose on this box. Stop the appliance first: it holds the reader.

  show              the card on the reader: is it valid here, its tries left, whose it is
  read              name, address, birth date and sex as printed on a My Number Card, after the
                    PIN that you type; the individual number is never read
    --spend-last-try  go on where one try is left, which a wrong PIN uses up
  link NAME         the card is this enrolled person's, in place of the one before
    --guardian      the card speaks for this person too: a parent's, for a child
    --transit       a transit card: its number names the person and never proves anything
  unlink NAME       forget every card of this person
  --wait SECONDS    how long to wait for a card (default 30)
  --virtual-card    the trial card of npm start -- --virtual-card, in place of a reader
  --card-kind KIND  what is the matter with it, as in start
${commonHelp}
`;

export const card: Command = {
  summary: "whose card is whose on this box",
  async run(args, io) {
    const { values, positionals } = readArguments(args, {
      ...commonOptions,
      guardian: { type: "boolean", default: false },
      transit: { type: "boolean", default: false },
      "spend-last-try": { type: "boolean", default: false },
      wait: { type: "string" },
      "virtual-card": { type: "boolean", default: false },
      "card-kind": { type: "string" },
    });
    if (values.help) {
      io.out(help);
      return 0;
    }
    const trial = trialOf(values);
    const given = settingsFrom(values);
    const settings = trial ? trialSettings(given, trial) : given;
    const waitSeconds = readWholeNumber(values.wait, "wait", 3_600) ?? 30;
    const [action, name, ...rest] = positionals;
    if (rest.length > 0 || (values.guardian && values.transit)) throw usage();
    using store = await openGallery(settings);
    const onCard = async <T>(work: (card: PresentedCard) => Promise<T>) =>
      await waitForCard({ settings, trial, waitSeconds }, io, work);
    if (action === "show" && name === undefined) {
      printResult(io, values.json, await onCard((shown) => show(shown, settings, store)), told);
    } else if (action === "read" && name === undefined) {
      const options = { spendLastTry: values["spend-last-try"] };
      const attributes = await onCard((shown) => readText(shown, options, io));
      printResult(io, values.json, attributes, (text) => Object.values(text).join("\n"));
    } else if (action === "link" && name !== undefined) {
      const person = enrolled(store, name);
      if (values.transit) await onCard((shown) => linkTransit(shown, store, person));
      else {
        const role = values.guardian ? "guardian" : "own";
        await onCard((shown) => link(shown, settings, store, { person, role }));
      }
      printResult(io, values.json, { linked: 1 }, () => "linked");
    } else if (action === "unlink" && name !== undefined) {
      const unlinked = store.cards.unlink(enrolled(store, name));
      printResult(io, values.json, { unlinked }, () => `${unlinked} cards forgotten`);
    } else throw usage();
    return 0;
  },
};

function usage(): TeburaError {
  const what = "tebura card takes show, read, link NAME or unlink NAME. Try --help.";
  return new TeburaError("USAGE", what);
}

function enrolled(store: GalleryStore, name: string): PersonId {
  const person = store.find(name.normalize("NFC").trim());
  if (person) return person;
  throw new TeburaError("PERSON_NOT_FOUND", "nobody is enrolled under this name; see gallery list");
}

/** What the card's certificate is worth on this box today. */
async function examine(jpki: JpkiCard, settings: CommandSettings) {
  const folder = new TrustFolder(trustFolderOf(settings), { clock, log: silentLog });
  const rules = { ...cardTrustOf(settings), trust: () => folder.trust };
  return examineCard(await jpki.readAuthenticationCertificate(), rules, clock.wall());
}

interface Shown {
  readonly reader: string;
  readonly virtual: boolean;
  /** `valid`, `unknown` for a card of another kind, or why the certificate counts for nothing here. */
  readonly verdict: string;
  readonly number?: CardNumber;
  readonly serial?: string;
  readonly expiresAt?: string;
  readonly triesLeft?: { readonly authentication: number; readonly signature: number | null };
  readonly person?: string | undefined;
}

async function show(
  presented: PresentedCard,
  settings: CommandSettings,
  store: GalleryStore,
): Promise<Shown> {
  const told = { reader: presented.reader, virtual: presented.isVirtual };
  const number = await readCardNumber(presented);
  const jpki = await openIfKnown(presented);
  if (!jpki) {
    const person = number && store.cards.personOfTransitCard(number.hex);
    return {
      ...{ ...told, verdict: "unknown" },
      ...(number ? { number } : {}),
      person: person && store.nameOf(person),
    };
  }
  const examination = await examine(jpki, settings);
  const triesLeft = {
    authentication: await jpki.authenticationTriesLeft(),
    // Somebody under 15 has no signature certificate, and the card then knows no tries of its password.
    signature: (await jpki.signatureTriesLeft()) ?? null,
  };
  if (!examination.ok) return { ...told, verdict: examination.code, triesLeft };
  const person = store.cards.personOf(examination.card, undefined);
  return {
    ...{ ...told, verdict: "valid", serial: examination.card.serial, triesLeft },
    expiresAt: new Date(examination.certificate.notAfter).toISOString(),
    person: person && store.nameOf(person),
  };
}

async function openIfKnown(presented: PresentedCard): Promise<JpkiCard | undefined> {
  try {
    return await openJpki(presented);
  } catch (error) {
    if (error instanceof TeburaError && error.code === "CARD_NOT_SUPPORTED") return undefined;
    throw error;
  }
}

/** For the operator alone, who asked for it: it goes to standard output and is kept nowhere. */
async function readText(
  presented: PresentedCard,
  options: { readonly spendLastTry: boolean },
  io: Io,
): Promise<CardAttributes> {
  const text = await openText(presented);
  io.err(`tries left: ${await text.triesLeft()}\n`);
  const pin = (await io.secret?.("PIN of the text application")) ?? new Uint8Array();
  try {
    await text.verifyPin(pin, options);
  } finally {
    pin.fill(0);
  }
  return await text.readAttributes();
}

/** Only a card that counts here is linked: what is linked opens a door. */
async function link(
  presented: PresentedCard,
  settings: CommandSettings,
  store: GalleryStore,
  { person, role }: { readonly person: PersonId; readonly role: "own" | "guardian" },
): Promise<void> {
  const examination = await examine(await openJpki(presented), settings);
  if (!examination.ok) {
    const what = `this card counts for nothing here (${examination.code}); see docs/step-up.md`;
    throw new TeburaError("CARD_REFUSED", what);
  }
  if (store.cards.link(examination.card, person, role)) return;
  throw new TeburaError("CARD_TAKEN", "this card is somebody else's; unlink it there first");
}

async function linkTransit(
  presented: PresentedCard,
  store: GalleryStore,
  person: PersonId,
): Promise<void> {
  const number = await readCardNumber(presented);
  if (!number) throw new TeburaError("CARD_NOT_SUPPORTED", "this card shows no number");
  if (store.cards.linkTransitCard(number.hex, person)) return;
  throw new TeburaError("CARD_TAKEN", "this card is somebody else's; unlink it there first");
}

function told({ reader, virtual, verdict, number, expiresAt, triesLeft, person }: Shown): string {
  return [
    `${reader}${virtual ? " (a card that is a program)" : ""}: ${verdict}`,
    number ? `number ${number.hex} (${number.kind}), which proves nothing` : undefined,
    expiresAt ? `valid until ${expiresAt}` : undefined,
    triesLeft
      ? `tries left: ${triesLeft.authentication} of the PIN, ${triesLeft.signature ?? "none"} of the password`
      : undefined,
    person === undefined ? "linked to nobody" : `linked to ${person}`,
  ]
    .filter((line) => line !== undefined)
    .join("\n");
}
