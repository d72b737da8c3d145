import { resolve } from "node:path";
import { TeburaError } from "#contract/errors.ts";
import { openPolicy } from "#contract/policy-word.ts";
import type { CityRules } from "#firmware-config/city-rules.ts";
import { parseConfig, readJsonFile, readTextFile } from "#firmware-config/parse.ts";
import { explainPolicy } from "#firmware-config/policy-explain.ts";
import { namedIn, type Policy, policyFileSchema } from "#firmware-config/policy-file.ts";
import { type PolicyTable, parseService } from "#firmware-config/policy-table.ts";
import { rulesInForce } from "#firmware-config/rules-in-force.ts";
import { gatewayFiles } from "#gateway/config.ts";
import { Ledger } from "#gateway/ledger/ledger.ts";
import { rulesUnder } from "#gateway/policy/policies.ts";
import { PolicyBook } from "#gateway/policy/policy-book.ts";
import { simulatePolicy } from "#gateway/policy/simulate.ts";
import { simulateRules } from "#gateway/policy/simulate-rules.ts";
import { dayIn } from "#gateway/views/view.ts";
import { keyPairFile, publicKeyFile } from "#runtime/key-file.ts";
import { commonHelp, commonOptions, readArguments, readWholeNumber } from "./arguments.ts";
import { type Command, type Io, printResult } from "./io.ts";
import { clock, foldersOf } from "./parts.ts";
import { phones } from "./phones.ts";
import { toldExplanation, toldSimulation } from "./policy-told.ts";
import { type CommandSettings, settingsFrom } from "./settings.ts";

const help = `Usage: tebura policy explain --service NAME [--amount YEN] [--at DATE] [OPTIONS]
       tebura policy simulate --policy FILE [OPTIONS]
       tebura policy show | check FILE | sign FILE [OPTIONS]

What each service asks for, and the quotas, fares, amounts and dates that it goes by: one file that a city
can change, with a row for each service that it changes and "rules" beside them (docs/services.md).

  explain           what would be asked, and why: the tier, the method, its thresholds, what comes of a
                    doubt, how it goes on without a network, the words for whoever cannot do it, and the
                    rules in force at that time
    --service NAME  a row of the table
    --amount YEN    where the method goes by the amount
    --at DATE       as 2026-04-01T09:00:00+09:00 (default now)
  simulate          runs the gateway's ledger through another policy and says what would differ
    --policy FILE   the policy: of each row that it changes, the policy, or its versions by date
  show              the policy in force, and the versions that were signed
  check FILE        whether a policy is one; a signed one (as boxes keep it) is verified
  sign FILE         signs the policy as the next version; a running gateway sends it to its boxes
${commonHelp}
`;

const options = {
  ...commonOptions,
  service: { type: "string" },
  amount: { type: "string" },
  at: { type: "string" },
  policy: { type: "string" },
} as const;

export const policy: Command = {
  summary: "what each service asks for",
  async run(args, io) {
    const { values, positionals } = readArguments(args, options);
    if (values.help) {
      io.out(help);
      return 0;
    }
    const settings = settingsFrom({ config: values.config, data: values.data });
    const [action, file] = positionals;
    const { json } = values;
    if (action === "explain" && positionals.length === 1) {
      const asked = {
        service: parseService(needed(values.service, "explain takes --service NAME")),
        amountYen: readWholeNumber(values.amount, "amount", 1e12),
        at: readMoment(values.at),
        verifiesPhones: phones.gateway !== undefined,
      };
      const { table, rules } = policyIn(settings, values.policy);
      const dayOf = dayIn(settings.gateway.timeZone);
      const inForce = rulesInForce(rules, asked.service, asked.at, dayOf);
      printResult(io, json, { ...explainPolicy(table, asked), rules: inForce }, toldExplanation);
      return 0;
    }
    if (action === "simulate" && positionals.length === 1) {
      const changed = needed(values.policy, "simulate takes --policy FILE, the policy to try out");
      return await simulate(settings, changed, json, io);
    }
    if (action === "show" && positionals.length === 1) return show(settings, json, io);
    if ((action === "check" || action === "sign") && positionals.length <= 2) {
      const named = needed(file, `${action} takes the policy's FILE`);
      return await (action === "check" ? check : sign)(settings, named, json, io);
    }
    throw new TeburaError(
      "USAGE",
      "tebura policy takes explain, simulate, show, check or sign. Try --help.",
    );
  },
};

function needed(value: string | undefined, what: string): string {
  if (value !== undefined) return value;
  throw new TeburaError("USAGE", `tebura policy ${what}. Try --help.`);
}

function readMoment(text: string | undefined): number {
  if (text === undefined) return clock.wall();
  const at = Date.parse(text);
  if (Number.isFinite(at)) return at;
  throw new TeburaError("USAGE", `--at takes a moment as 2026-04-01T09:00:00+09:00, not "${text}"`);
}

interface InForce {
  readonly table: PolicyTable;
  readonly rules: CityRules;
  readonly version: number | null;
}

/** The policy of a file, else the newest signed one, else that of the settings. */
function policyIn(settings: CommandSettings, file: string | undefined): InForce {
  const setUp = { ...settings, school: settings.gateway.school };
  const made = (policy: Policy, version: number | null) => ({
    ...{ table: policy.table, rules: rulesUnder(policy, setUp), version },
  });
  if (file !== undefined) return made(fileAt(file), null);
  using book = new PolicyBook(gatewayFiles(foldersOf(settings).gateway).policies);
  const newest = book.newest();
  return newest ? made(newest, newest.version) : made(settings.policy, null);
}

const fileAt = (file: string) => parseConfig(policyFileSchema, readJsonFile(resolve(file)), file);

async function simulate(
  settings: CommandSettings,
  file: string,
  json: boolean,
  io: Io,
): Promise<number> {
  const changed = policyIn(settings, file);
  const now = policyIn(settings, undefined);
  using ledger = new Ledger(gatewayFiles(foldersOf(settings).gateway).ledger);
  const tables = { now: now.table, changed: changed.table };
  const rules = { now: now.rules, changed: changed.rules };
  const { timeZone } = settings.gateway;
  const came = {
    ...(await simulatePolicy(ledger, tables)),
    rules: await simulateRules(ledger, rules, timeZone),
  };
  printResult(io, json, came, toldSimulation);
  return 0;
}

function show(settings: CommandSettings, json: boolean, io: Io): number {
  using book = new PolicyBook(gatewayFiles(foldersOf(settings).gateway).policies);
  const { table, rules, version } = policyIn(settings, undefined);
  const rows = Object.entries(table).map(([service, versions]) => ({
    service,
    versions: versions.map(({ from, policy: row }) => ({
      validFrom: Number.isFinite(from) ? new Date(from).toISOString() : null,
      policy: row,
    })),
  }));
  const shown = { version, signed: book.list(), rows, rules };
  printResult(io, json, shown, ({ version: inForce }) =>
    [
      inForce === null ? "the policy of the settings; none was signed" : `version ${inForce}`,
      ...rows.map(({ service, versions }) => {
        const methods = versions.map(({ validFrom, policy: { method } }) =>
          validFrom === null ? method : `${method} from ${validFrom}`,
        );
        return `  ${service.padEnd(26)}${methods.join(", ")}`;
      }),
      ...datesOf(rules).map(([name, dates]) => `  rules.${name.padEnd(20)}${dates}`),
    ].join("\n"),
  );
  return 0;
}

/** From when on the rows of each section hold. */
function datesOf({ bus, ...sections }: CityRules): readonly (readonly [string, string])[] {
  const tables = { "bus.rules": bus.rules, "bus.fares": bus.fares, ...sections };
  return Object.entries(tables).map(([name, rows]) => {
    const dates = rows.map(({ validFrom }) => validFrom);
    return [name, dates.length === 0 ? "none" : `from ${dates.join(", ")}`];
  });
}

async function check(
  settings: CommandSettings,
  file: string,
  json: boolean,
  io: Io,
): Promise<number> {
  const text = readTextFile(resolve(file)).trim();
  const isSigned = /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text);
  const key = () => publicKeyFile(gatewayFiles(foldersOf(settings).gateway).publicKey);
  const word = isSigned ? await openPolicy(text, key()) : undefined;
  const said = word
    ? { ...word.rows, ...(word.v === 2 ? { rules: word.rules } : {}) }
    : readJsonFile(resolve(file));
  const rows = namedIn(parseConfig(policyFileSchema, said, file));
  const checked = { valid: true, version: word?.version ?? null, rows };
  printResult(
    io,
    json,
    checked,
    ({ rows: changed }) =>
      `${word ? `version ${word.version}, signed by this gateway` : "a policy"}; it changes ${changed.join(", ") || "nothing"}`,
  );
  return 0;
}

async function sign(
  settings: CommandSettings,
  file: string,
  json: boolean,
  io: Io,
): Promise<number> {
  const files = gatewayFiles(foldersOf(settings).gateway);
  using book = new PolicyBook(files.policies);
  const { privateKey } = keyPairFile(files.key);
  const input = readJsonFile(resolve(file));
  const before = book.newest();
  const signed = await book.sign(input, clock.wall(), privateKey, file);
  const { version } = signed;
  const rows = namedIn(signed);
  // A file is the whole policy: what it names no more is what ships again, and that may be a slip.
  const dropped = before ? namedIn(before).filter((name) => !rows.includes(name)) : [];
  printResult(io, json, { version, rows, dropped }, () =>
    [
      `signed as version ${version}; a running gateway sends it to its boxes`,
      ...(dropped.length > 0
        ? [`it says nothing any more of ${dropped.join(", ")}: there what ships holds again`]
        : []),
    ].join("\n"),
  );
  return 0;
}
