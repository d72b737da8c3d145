import { TeburaError } from "#contract/errors.ts";
import { pseudonymSchema } from "#contract/ids.ts";
import { parseService } from "#firmware-config/policy-table.ts";
import { openPersons } from "#gateway/persons/open-persons.ts";
import { type ResidentIdentity, Residents, residentSchema } from "#gateway/resident/residents.ts";
import { commandLine } from "#gateway/staff/staff.ts";
import { commonHelp, commonOptions, readArguments } from "./arguments.ts";
import { type Command, printResult } from "./io.ts";
import { openConsents } from "./open-consents.ts";
import { clock, foldersOf } from "./parts.ts";
import { settingsFrom } from "./settings.ts";

const help = `Usage: tebura resident code REFERENCE [OPTIONS]
       tebura resident code SERVICE PSEUDONYM [OPTIONS]

A code with which somebody begins at their own page, /my-data: for a person by the office's number, or
for somebody whom one service knows by a pseudonym alone. First look at their card: whoever has the code
sees and ends their consents. Whoever comes again gets a new one, and what the old one opened is void. A
running gateway knows of it at once, and writes it into its ledger.
${commonHelp}
`;

export const resident: Command = {
  summary: "a code for somebody's own page, /my-data",
  async run(args, io) {
    const { values, positionals } = readArguments(args, commonOptions);
    if (values.help) {
      io.out(help);
      return 0;
    }
    const [action, first, second] = positionals;
    if (action !== "code" || first === undefined || positionals.length > 3) {
      throw new TeburaError("USAGE", "tebura resident takes code and whom it is for. Try --help.");
    }
    const settings = settingsFrom(values);
    const who = identityIn(first, second);
    const isKnown =
      "reference" in who
        ? isRegistered(foldersOf(settings).gateway, who.reference)
        : await hasAgreed(settings, who);
    if (!isKnown) throw new TeburaError("PERSON_NOT_FOUND", "nobody is known by that");
    using residents = new Residents(foldersOf(settings).gateway);
    const { code, expiresAt } = await residents.admit(commandLine, who, clock.wall());
    const until = new Date(expiresAt).toISOString();
    printResult(io, values.json, { code, expiresAt: until }, () =>
      [
        code,
        `This is shown only now, and good once until ${until}: type it at /my-data of the gateway.`,
      ].join("\n"),
    );
    return 0;
  },
};

function identityIn(first: string, second: string | undefined): ResidentIdentity {
  if (second === undefined) {
    const known = residentSchema.safeParse({ reference: first });
    if (known.success) return known.data;
    throw new TeburaError("USAGE", "that is no number of an office for a person");
  }
  const person = pseudonymSchema.safeParse(second);
  if (person.success) return { service: parseService(first), person: person.data };
  throw new TeburaError("USAGE", "that is no pseudonym");
}

/** Nothing of anybody is shown, so no look is written down. */
function isRegistered(folder: string, reference: string): boolean {
  const audit = () => Promise.reject(new TeburaError("UNREACHABLE", "nobody looked"));
  using open = openPersons(folder, { clock, audit });
  return open.registry.isKnown(reference);
}

async function hasAgreed(
  settings: Parameters<typeof openConsents>[0],
  key: Exclude<ResidentIdentity, { readonly reference: string }>,
): Promise<boolean> {
  await using open = openConsents(settings);
  return open.consents.knows(key);
}
