import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { TeburaError } from "#contract/errors.ts";
import { pseudonymSchema, type WallMs } from "#contract/ids.ts";
import { dayEndsAt } from "#contract/of-age.ts";
import { parseCertificate } from "#contract/pki/certificate.ts";
import { derObjects } from "#contract/pki/pem.ts";
import { type CardIdentity, cardIdentity } from "#contract/step-up.ts";
import { parseService } from "#firmware-config/policy-table.ts";
import { gatewayFiles } from "#gateway/config.ts";
import { dateSchema } from "#gateway/persons/records.ts";
import { CardRegistry } from "#gateway/step-up/card-registry.ts";
import { commonHelp, commonOptions, readArguments } from "./arguments.ts";
import { forgetPerson } from "./forget-person.ts";
import { type Command, type Io, printResult } from "./io.ts";
import { clock, foldersOf } from "./parts.ts";
import { settingsFrom } from "./settings.ts";

const help = `Usage: tebura registry list | lost SERIAL | replace SERIAL CERTIFICATE ISSUER |
                       guardian SERIAL SERVICE PSEUDONYM |
                       forget REFERENCE | forget SERVICE PSEUDONYM [OPTIONS]

Which card is whose, as the gateway knows it, and whom to forget. Works while the gateway runs.

  list              cards, the newest first; a person is a random word of the registry's own
  lost SERIAL       the card opens nothing from now on
  replace SERIAL CERTIFICATE ISSUER
                    a card was issued anew: the one in the file CERTIFICATE, by the authority in
                    the file ISSUER, speaks for the same person, and the old one for nobody
  guardian SERIAL SERVICE PSEUDONYM [--until DATE]
                    the card speaks for that person of that service too, through that day: the
                    last one before a birthday, or the court's. Said again, it has the new end
  forget REFERENCE  forget a person, by the office's number or as a service knows them: their consents end,
                    boxes delete, and what is held here of them goes. Prints by which names the
                    certificates of deletion are asked for: nobody can find these out later
  --gateway URL     forget: where the gateway's page is (default: where the settings have it)
  --issuer HASH     where cards of several authorities share a serial number
${commonHelp}
`;

const listMax = 1_000;

export const registry: Command = {
  summary: "which card is whose, and whom to forget",
  async run(args, io) {
    const { values, positionals } = readArguments(args, {
      ...commonOptions,
      issuer: { type: "string" },
      until: { type: "string" },
      gateway: { type: "string" },
    });
    if (values.help) {
      io.out(help);
      return 0;
    }
    const settings = settingsFrom(values);
    const [action, serial, ...rest] = positionals;
    if (action === "forget") {
      const { gateway, json } = values;
      return await forgetPerson(settings, { words: positionals.slice(1), gateway, json }, io);
    }
    const files = gatewayFiles(foldersOf(settings).gateway);
    using cards = new CardRegistry(files.cards);
    if (action === "list" && serial === undefined) return list(cards, values.json, io);
    const card = serial === undefined ? undefined : cardBySerial(cards, serial, values.issuer);
    if (action === "lost" && card && rest.length === 0) {
      cards.reportLost(card);
      printResult(io, values.json, { lost: serial }, () => "the card opens nothing from now on");
      return 0;
    }
    if (action === "replace" && card && rest.length === 2) {
      const { identity, expiresAt } = newCard(rest[0] ?? "", rest[1] ?? "");
      cards.replace(card, identity, clock.wall(), expiresAt);
      printResult(
        io,
        values.json,
        { replaced: serial, by: identity.serial },
        ({ by }) => `the card ${by} speaks for the same person`,
      );
      return 0;
    }
    if (action === "guardian" && card && rest.length === 2) {
      const service = parseService(rest[0] ?? "");
      const person = pseudonymSchema.safeParse(rest[1]);
      if (!person.success) throw new TeburaError("USAGE", "a pseudonym has 22 characters");
      const endsAt = endOf(values.until, settings.gateway.timeZone);
      cards.addGuardian(card, { service, person: person.data }, clock.wall(), endsAt);
      printResult(io, values.json, { guardian: serial }, () => "the card speaks for them too");
      return 0;
    }
    throw new TeburaError(
      "USAGE",
      "tebura registry takes list, lost, replace, guardian or forget. Try --help.",
    );
  },
};

function endOf(day: string | undefined, timeZone: string): WallMs | null {
  if (day === undefined) return null;
  if (dateSchema.safeParse(day).success) return dayEndsAt(day, timeZone);
  throw new TeburaError("USAGE", "--until takes a day as 2031-04-01");
}

function list(cards: CardRegistry, json: boolean, io: Io): number {
  const rows = cards.list(listMax).map(({ linkedAt, expiresAt, endsAt, ...card }) => ({
    ...card,
    ...(endsAt === null ? {} : { endsAt: new Date(endsAt).toISOString() }),
    linkedAt: new Date(linkedAt).toISOString(),
    expiresAt: new Date(expiresAt).toISOString(),
  }));
  printResult(io, json, { cards: rows }, () =>
    rows.length === 0
      ? "no card has proved itself yet"
      : rows
          .map(({ serial, role, status, person, linkedAt }) =>
            [linkedAt, serial.padEnd(20), role.padEnd(8), status.padEnd(8), person].join("  "),
          )
          .join("\n"),
  );
  return 0;
}

function cardBySerial(
  cards: CardRegistry,
  serial: string,
  issuer: string | undefined,
): CardIdentity {
  const found = cards
    .find(serial.toLowerCase())
    .filter(({ issuerKey }) => issuer === undefined || issuerKey === issuer);
  const [card] = found;
  if (!card) throw new TeburaError("PERSON_NOT_FOUND", `no card ${serial} is registered`);
  if (found.length === 1) return card;
  const issuers = found.map(({ issuerKey }) => issuerKey).join(", ");
  throw new TeburaError("USAGE", `several authorities have a card ${serial}: --issuer ${issuers}`);
}

function newCard(certificatePath: string, issuerPath: string) {
  const certificate = readCertificate(certificatePath);
  const identity = cardIdentity(certificate, readCertificate(issuerPath));
  return { identity, expiresAt: certificate.notAfter };
}

function readCertificate(path: string) {
  let bytes: Buffer;
  try {
    bytes = readFileSync(resolve(path));
  } catch (cause) {
    throw new TeburaError("SOURCE_NOT_FOUND", `cannot read the certificate ${path}`, { cause });
  }
  const [der] = derObjects(bytes, "CERTIFICATE");
  if (!der) throw new TeburaError("DER_MALFORMED", `${path} holds no certificate`);
  return parseCertificate(der);
}
