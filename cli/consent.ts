import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { ConsentKey } from "#contract/consent.ts";
import { consentLanguages } from "#contract/consent-texts.ts";
import { consentTextVersion, digestOfWords, newConsentWords } from "#contract/consent-words.ts";
import { openCertificate } from "#contract/deletion-certificate.ts";
import { TeburaError } from "#contract/errors.ts";
import { pseudonymSchema, type WallMs } from "#contract/ids.ts";
import { parseService } from "#firmware-config/policy-table.ts";
import { gatewayFiles } from "#gateway/config.ts";
import { certificatePage } from "#gateway/consent/certificate-page.ts";
import type { DeletionStatus } from "#gateway/consent/deletions.ts";
import { publicKeyFile } from "#runtime/key-file.ts";
import { commonHelp, commonOptions, readArguments } from "./arguments.ts";
import { type Command, type Io, printResult } from "./io.ts";
import { openConsents } from "./open-consents.ts";
import { clock, foldersOf } from "./parts.ts";
import { type CommandSettings, settingsFrom } from "./settings.ts";

const help = `Usage: tebura consent list | show SERVICE PERSON | withdraw SERVICE PERSON |
                      certificate SERVICE PERSON | verify FILE | words SERVICE [OPTIONS]

Who has agreed to be recognised, and what became of it when they ended it. A person is the pseudonym that
the service knows them by. Beside a running gateway.

  list                        every consent: its service, person, state and end
  show SERVICE PERSON         one consent, which keys of whose card signed it, and how far its deletion is
  withdraw SERVICE PERSON     end it, for somebody whose identity you have established; the running
                              gateway follows within a second
  certificate SERVICE PERSON  the signed proof that they are gone from every box
  verify FILE                 hold a certificate to the gateway's public key, with no network
  words SERVICE               what people read and sign, in Japanese, easy Japanese and English

  --html FILE        certificate: a page to print, in Japanese and English
  --gateway-key F    verify: the gateway's public key, a PEM file (default: this gateway's)
${commonHelp}
`;

const options = {
  ...commonOptions,
  html: { type: "string" },
  "gateway-key": { type: "string" },
} as const;

export const consent: Command = {
  summary: "who agreed to be recognised: list, show, withdraw, certificate",
  async run(args, io) {
    const { values, positionals } = readArguments(args, options);
    if (values.help) {
      io.out(help);
      return 0;
    }
    const [action, first, second] = positionals;
    const settings = settingsFrom(values);
    const { json } = values;
    if (action === "list") await list(settings, json, io);
    else if (action === "show") await show(settings, keyIn(first, second), json, io);
    else if (action === "withdraw") await withdraw(settings, keyIn(first, second), json, io);
    else if (action === "words" && first !== undefined) words(settings, first, json, io);
    else if (action === "certificate") {
      await certificate(settings, keyIn(first, second), { json, html: values.html }, io);
    } else if (action === "verify" && first !== undefined) {
      await verify(settings, first, { json, key: values["gateway-key"] }, io);
    } else {
      const known = "list, show, withdraw, certificate, verify or words";
      throw new TeburaError("USAGE", `tebura consent takes ${known}. Try --help.`);
    }
    return 0;
  },
};

function keyIn(service: string | undefined, person: string | undefined): ConsentKey {
  const pseudonym = pseudonymSchema.safeParse(person);
  if (service !== undefined && pseudonym.success) {
    return { service: parseService(service), person: pseudonym.data };
  }
  throw new TeburaError("USAGE", "this takes a service and a person's pseudonym in it");
}

const day = (at: WallMs | null) => (at === null ? "–" : new Date(at).toISOString());

async function list(settings: CommandSettings, json: boolean, io: Io): Promise<void> {
  await using open = openConsents(settings);
  const consents = open.consents.list(clock.wall());
  const lines = consents.map(
    ({ service, person, state, until, askAnew }) =>
      `${service}  ${person}  ${state}  until ${day(until)}${askAnew ? "  of age: ask anew" : ""}`,
  );
  printResult(io, json, { consents }, () => lines.join("\n") || "nobody has agreed to anything");
}

async function show(settings: CommandSettings, key: ConsentKey, json: boolean, io: Io) {
  await using open = openConsents(settings);
  const consent = open.consents.of(key, clock.wall());
  const status = open.deletions.status(key);
  if (!consent || !status.ok) throw unknown();
  const { deletion } = status;
  printResult(io, json, { consent, deletion }, () =>
    [
      `${consent.service}  ${consent.person}  ${consent.state}  until ${day(consent.until)}`,
      ...(consent.by && consent.key ? [`signed ${signers[consent.by]} ${keys[consent.key]}`] : []),
      ...(consent.endedAt === null ? [] : deletionLines(deletion)),
    ].join("\n"),
  );
}

const signers = {
  self: "by the person's own card,",
  guardian: "by a guardian's card,",
  proxy: "by a proxy's card,",
} as const;

const keys = {
  authentication: "with its key for user authentication (four digits)",
  signature: "with its key for user authentication and its signing key",
} as const;

function deletionLines({ gone, of, waiting, certified }: DeletionStatus): readonly string[] {
  const silent = waiting.map(
    ({ device, lastHeardAt }) => `  ${device} not heard from since ${day(lastHeardAt)}`,
  );
  return [`gone from ${gone} of ${of}${certified ? ", certified" : ""}`, ...silent];
}

async function withdraw(settings: CommandSettings, key: ConsentKey, json: boolean, io: Io) {
  await using open = openConsents(settings);
  if (!open.consents.standing(key, clock.wall())) throw unknown();
  open.file.ask({ ask: "withdraw", ...key });
  printResult(
    io,
    json,
    { asked: key },
    () => 'the running gateway ends it; "tebura consent show" tells how far the deletion is',
  );
}

async function certificate(
  settings: CommandSettings,
  key: ConsentKey,
  { json, html }: { readonly json: boolean; readonly html?: string | undefined },
  io: Io,
): Promise<void> {
  await using open = openConsents(settings);
  const status = open.deletions.status(key);
  if (!status.ok) throw unknown();
  const { deletion } = status;
  const known = open.file.certificate(`${key.service} ${key.person}`);
  if (!deletion.certified || !known) {
    throw new TeburaError("DELETION_PENDING", deletionLines(deletion).join("\n"));
  }
  const gatewayKey = publicKeyFile(gatewayFiles(foldersOf(settings).gateway).publicKey);
  const opened = await openCertificate(known.sealed, gatewayKey);
  if (html !== undefined) {
    writeFileSync(resolve(html), certificatePage(opened, known.sealed, settings.gateway.timeZone));
  }
  printResult(io, json, { certificate: known.sealed, ...opened }, () => known.sealed);
}

async function verify(
  settings: CommandSettings,
  path: string,
  { json, key }: { readonly json: boolean; readonly key?: string | undefined },
  io: Io,
): Promise<void> {
  const file = key ?? gatewayFiles(foldersOf(settings).gateway).publicKey;
  // The printed page holds the signed text as well.
  const text = readFileSync(resolve(path), "utf8");
  const sealed = /[\w-]+\.[\w-]+\.[\w-]{86}/.exec(text)?.[0] ?? "";
  const opened = await openCertificate(sealed, publicKeyFile(file));
  printResult(
    io,
    json,
    { valid: true, ...opened },
    ({ service, person, boxes, certifiedAt }) =>
      `valid: ${person} is gone from all ${boxes.length} boxes of ${service} (${day(certifiedAt)})`,
  );
}

function words(settings: CommandSettings, name: string, json: boolean, io: Io): void {
  const { validDays, eventDays, viewers } = settings.consent;
  const until = (clock.wall() + validDays * 86_400_000) as WallMs;
  const subject = { service: parseService(name), until, eventDays, viewers };
  const shown = newConsentWords(subject);
  const digest = digestOfWords(consentTextVersion, shown);
  printResult(io, json, { version: consentTextVersion, digest, words: shown }, () =>
    consentLanguages.map((language) => shown[language]).join("\n\n"),
  );
}

function unknown(): TeburaError {
  return new TeburaError("CONSENT_UNKNOWN", "no such consent is on record at this gateway");
}
