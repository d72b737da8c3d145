import { TeburaError } from "#contract/errors.ts";
import { gatewayFiles } from "#gateway/config.ts";
import { nameSchema } from "#gateway/sign-in/entry-routes.ts";
import { type Grant, grantsSchema, roles } from "#gateway/staff/roles.ts";
import { commandLine, Staff } from "#gateway/staff/staff.ts";
import type { StaffAccount } from "#gateway/staff/staff-accounts.ts";
import { commonHelp, commonOptions, readArguments } from "./arguments.ts";
import { type Command, type Io, printResult } from "./io.ts";
import { clock, foldersOf } from "./parts.ts";
import { settingsFrom } from "./settings.ts";

const help = `Usage: tebura staff ACTION [OPTIONS]

Who may sign in at the gateway's pages, and as what. A running gateway knows of a change at once,
and writes it into its ledger.

  first-code        print a new code for the first administrator; there must be none yet
  list              every account, with its roles
  invite            make an account and print the code with which its owner begins
    --name NAME     what colleagues call them; it stays in the gateway's own file
    --role ROLE     may be given more than once, each for every site or for those named:
                    ${roles.join(", ")};
                    as school, or school=momonoki-sho,hirose-sho
  invite-again ID   a new code for somebody who lost passkeys and recovery codes; the old are void
  roles ID          set the roles (--role) and end the sessions
  revoke ID         the account opens nothing from now on
${commonHelp}
`;

export const staff: Command = {
  summary: "who may sign in: first-code, list, invite, revoke, roles",
  async run(args, io) {
    const { values, positionals } = readArguments(args, {
      ...commonOptions,
      name: { type: "string" },
      role: { type: "string", multiple: true },
    });
    if (values.help) {
      io.out(help);
      return 0;
    }
    const [action, id] = positionals;
    using accounts = new Staff(gatewayFiles(foldersOf(settingsFrom(values)).gateway).staff);
    const tell = (account: StaffAccount) =>
      printResult(io, values.json, { account }, () => line(account));
    if (action === "first-code" && id === undefined) await firstCode(accounts, values.json, io);
    else if (action === "list" && id === undefined) {
      const all = accounts.accounts.list();
      printResult(io, values.json, { accounts: all }, () =>
        all.length === 0 ? "nobody has an account yet" : all.map(line).join("\n"),
      );
    } else if (action === "invite" && id === undefined) {
      const given = { name: nameOf(values.name), grants: grantsOf(values.role) };
      tellCode(await accounts.invite(commandLine, given, clock.wall()), values.json, io);
    } else if (action === "invite-again" && id !== undefined) {
      tellCode(await accounts.inviteAgain(commandLine, id, clock.wall()), values.json, io);
    } else if (action === "roles" && id !== undefined) {
      tell(accounts.setGrants(commandLine, id, grantsOf(values.role)));
    } else if (action === "revoke" && id !== undefined) tell(accounts.revoke(commandLine, id));
    else throw new TeburaError("USAGE", `tebura staff cannot "${action ?? ""}". Try --help.`);
    return 0;
  },
};

async function firstCode(accounts: Staff, json: boolean, io: Io): Promise<void> {
  const made = await accounts.firstStart(clock.wall());
  if (!made) {
    throw new TeburaError(
      "ACCESS_DENIED",
      "there is an administrator already: let them invite you",
    );
  }
  tellCode(made, json, io);
}

interface Code {
  readonly code: string;
  readonly expiresAt: number;
  readonly account?: StaffAccount;
}

function tellCode({ account, code, expiresAt }: Code, json: boolean, io: Io): void {
  const until = new Date(expiresAt).toISOString();
  const result = { ...(account && { account }), code, expiresAt: until };
  printResult(io, json, result, () =>
    [
      ...(account ? [line(account)] : []),
      code,
      `This is shown only now, and good once until ${until}: type it at /first-start of the gateway.`,
    ].join("\n"),
  );
}

function line({ id, status, name, grants }: StaffAccount): string {
  const held = grants.map(({ role, sites }) => (sites ? `${role}=${sites.join(",")}` : role));
  return [id, status.padEnd(7), name, held.join(" ")].join("  ");
}

function nameOf(text: string | undefined): string {
  const parsed = nameSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new TeburaError("USAGE", "say with --name what colleagues call them, in 60 characters");
}

function grantsOf(texts: readonly string[] | undefined): readonly Grant[] {
  const given = (texts ?? []).map((text) => {
    const [role, sites] = text.split("=", 2);
    return { role, sites: sites === undefined ? null : sites.split(",") };
  });
  const parsed = grantsSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const how = `as --role school=momonoki-sho or --role operator; the roles are ${roles.join(", ")}`;
  throw new TeburaError("USAGE", `say with --role what they do, each role once, ${how}`);
}
