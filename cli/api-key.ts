import { TeburaError } from "#contract/errors.ts";
import type { WallMs } from "#contract/ids.ts";
import { ApiKeys, type Scope, scopeSchema, scopes } from "#gateway/api/api-keys.ts";
import { personFiles } from "#gateway/persons/open-persons.ts";
import { commonHelp, commonOptions, readArguments, readWholeNumber } from "./arguments.ts";
import { type Command, type Io, printResult } from "./io.ts";
import { clock, foldersOf } from "./parts.ts";
import { settingsFrom } from "./settings.ts";

const daysMax = 3_650;
const daysDefault = 365;

/** Four scopes a line, so that the list stays readable however long it grows. */
const scopeLines = Array.from({ length: Math.ceil(scopes.length / 4) }, (_, line) =>
  scopes.slice(line * 4, line * 4 + 4).join(", "),
);

const help = `Usage: tebura api-key create --name NAME --scope SCOPE… | list | revoke ID [OPTIONS]

Keys of programs that use the gateway's API (the registry's part is described at /api/openapi.json).
A running gateway knows a new key, and a revoked one, at once.

  create            prints the key, this once; only its SHA-256 is kept
    --name NAME     what the key is for: a system, not a person
    --scope SCOPE   may be given more than once, or with commas:
                    ${scopeLines.join(",\n                    ")}
    --days N        how long it is valid, 1 to ${daysMax} (default ${daysDefault})
  list              every key, the newest first, without its text
  revoke ID         the key opens nothing from now on
${commonHelp}
`;

export const apiKey: Command = {
  summary: "keys of programs that use the gateway's API",
  async run(args, io) {
    const { values, positionals } = readArguments(args, {
      ...commonOptions,
      name: { type: "string" },
      scope: { type: "string", multiple: true },
      days: { type: "string" },
    });
    if (values.help) {
      io.out(help);
      return 0;
    }
    const files = personFiles(foldersOf(settingsFrom(values)).gateway);
    using keys = new ApiKeys(files.apiKeys);
    const [action, id] = positionals;
    if (action === "create" && id === undefined) return create(keys, values, io);
    if (action === "list" && id === undefined) return list(keys, values.json, io);
    if (action === "revoke" && id !== undefined) {
      keys.revoke(id, clock.wall());
      printResult(io, values.json, { revoked: id }, () => "the key opens nothing from now on");
      return 0;
    }
    throw new TeburaError("USAGE", "tebura api-key takes create, list or revoke ID. Try --help.");
  },
};

function create(
  keys: ApiKeys,
  asked: {
    name?: string | undefined;
    scope?: string[] | undefined;
    days?: string | undefined;
    json: boolean;
  },
  io: Io,
): number {
  const name = asked.name?.trim() ?? "";
  if (name === "" || name.length > 60) {
    throw new TeburaError("USAGE", "say with --name what the key is for, in 60 characters at most");
  }
  const days = readWholeNumber(asked.days, "days", daysMax) ?? daysDefault;
  if (days === 0) throw new TeburaError("USAGE", "a key is valid for a day at least");
  const createdAt = clock.wall();
  const expiresAt = (createdAt + days * 86_400_000) as WallMs;
  const scopes = scopesIn(asked.scope ?? []);
  const { id, text } = keys.create({ name, scopes, createdAt, expiresAt });
  const until = new Date(expiresAt).toISOString();
  printResult(io, asked.json, { id, key: text, scopes, expiresAt: until }, () =>
    [text, `This is shown only now. It is valid until ${until}; its id is ${id}.`].join("\n"),
  );
  return 0;
}

function scopesIn(texts: readonly string[]): readonly Scope[] {
  const asked = texts.flatMap((text) => text.split(",")).map((text) => text.trim());
  const known = asked.map((text) => scopeSchema.safeParse(text));
  const wrong = asked.filter((_, i) => !known[i]!.success);
  if (wrong.length > 0 || asked.length === 0) {
    const what = asked.length === 0 ? "say with --scope what the key opens" : `no scope ${wrong}`;
    throw new TeburaError("USAGE", `${what}; the scopes are ${scopes.join(", ")}`);
  }
  return [...new Set(known.flatMap((one) => (one.success ? [one.data] : [])))];
}

function list(keys: ApiKeys, json: boolean, io: Io): number {
  const now = clock.wall();
  const time = (at: WallMs | null) => (at === null ? null : new Date(at).toISOString());
  const rows = keys.list().map(({ createdAt, expiresAt, lastUsedAt, revokedAt, ...key }) => ({
    ...key,
    status: revokedAt !== null ? "revoked" : now >= expiresAt ? "expired" : "valid",
    createdAt: time(createdAt),
    expiresAt: time(expiresAt),
    lastUsedAt: time(lastUsedAt),
    revokedAt: time(revokedAt),
  }));
  printResult(io, json, { keys: rows }, () =>
    rows.length === 0
      ? "there is no key"
      : rows
          .map(({ id, status, name, lastUsedAt, scopes }) =>
            [id, status.padEnd(7), lastUsedAt ?? "never used", name, scopes.join(",")].join("  "),
          )
          .join("\n"),
  );
  return 0;
}
