import { TeburaError } from "#contract/errors.ts";
import type { Command, Io } from "./io.ts";
import { readSecret } from "./read-secret.ts";

/** Loaded only when called, so that `tebura --help` is quick. */
const commands: Readonly<Record<string, { summary: string; load: () => Promise<Command> }>> = {
  start: {
    summary: "gateway, broker and one appliance in one go",
    load: async () => (await import("./start.ts")).start,
  },
  device: {
    summary: "an appliance alone, reporting to a gateway elsewhere",
    load: async () => (await import("./device.ts")).device,
  },
  gateway: {
    summary: "the gateway alone, with its broker or yours",
    load: async () => (await import("./gateway.ts")).gateway,
  },
  fleet: {
    summary: "the boxes that a gateway knows: add, list",
    load: async () => (await import("./fleet.ts")).fleet,
  },
  enrol: {
    summary: "enrol a person from photographs",
    load: async () => (await import("./enrol.ts")).enrol,
  },
  gallery: {
    summary: "who is enrolled: list, remove; at a gateway: state, sync, rekey",
    load: async () => (await import("./gallery.ts")).gallery,
  },
  consent: {
    summary: "who agreed to be recognised: list, show, withdraw, certificate",
    load: async () => (await import("./consent.ts")).consent,
  },
  card: {
    summary: "whose card is whose on this box: show, link, unlink",
    load: async () => (await import("./card.ts")).card,
  },
  registry: {
    summary: "which card is whose: list, lost, replace, guardian; forget a person",
    load: async () => (await import("./registry.ts")).registry,
  },
  "api-key": {
    summary: "keys of programs that use the API: create, list, revoke",
    load: async () => (await import("./api-key.ts")).apiKey,
  },
  staff: {
    summary: "who may sign in: first-code, list, invite, revoke, roles",
    load: async () => (await import("./staff.ts")).staff,
  },
  audit: {
    summary: "all that is held of a person and every use of it",
    load: async () => (await import("./audit.ts")).audit,
  },
  import: {
    summary: "people and what ties them together, from CSV",
    load: async () => (await import("./import.ts")).importCommand,
  },
  demo: {
    summary: "a day in a city, played in a minute",
    load: async () => (await import("./demo.ts")).demo,
  },
  resident: {
    summary: "a code for somebody's own page, /my-data",
    load: async () => (await import("./resident.ts")).resident,
  },
  policy: {
    summary: "what each service asks for: explain, simulate, check, sign",
    load: async () => (await import("./policy.ts")).policy,
  },
  ledger: {
    summary: "the gateway's record: list, verify, prove, back up",
    load: async () => (await import("./ledger.ts")).ledger,
  },
  evaluate: {
    summary: "measure the face engine on photographs of yours",
    load: async () => ({ summary: "", run: (await import("./evaluate.ts")).evaluate }),
  },
  models: {
    summary: "the face networks: list, prepare, add, calibrate, remove",
    load: async () => (await import("./models.ts")).models,
  },
};

function usage(): string {
  const rows = Object.entries(commands).map(
    ([name, { summary }]) => `  ${name.padEnd(10)}${summary}`,
  );
  return `tebura: hands-free identity at the door

Usage: tebura COMMAND [OPTIONS]    (tebura COMMAND --help tells its options)

${rows.join("\n")}
`;
}

/** Runs one command line. Returns the exit status: 0, 1 for a failure, 2 for a wrong usage. */
export async function main(args: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    io.out(usage());
    return name === undefined ? 2 : 0;
  }
  try {
    const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (!entry) throw new TeburaError("USAGE", `there is no command "${name}". Try --help.`);
    return await (await loaded(name, entry.load)).run(rest, io);
  } catch (cause) {
    const error = damageIn(cause) ?? cause;
    return report(error, rest.includes("--json"), io);
  }
}

/** An image of the gateway holds no appliance, and says so. */
async function loaded(name: string, load: () => Promise<Command>): Promise<Command> {
  try {
    return await load();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new TeburaError("USAGE", `"${name}" is not part of this installation`, { cause: error });
  }
}

/** What SQLite found damaged, where nobody nearer knew in which file. SQLite itself is not loaded for this. */
function damageIn(cause: unknown): TeburaError | undefined {
  const { code, message } = (cause ?? {}) as { readonly code?: unknown; readonly message?: string };
  if (!/^SQLITE_(?:CORRUPT|NOTADB)/.test(String(code))) return undefined;
  const what = `a file of the data folder is damaged (${message}); restore the folder from a copy`;
  return new TeburaError("DATA_CORRUPT", what, { cause });
}

/** A user's mistake is a sentence with a code; only a defect of ours may show where it happened. */
function report(error: unknown, json: boolean, io: Io): number {
  const known = error instanceof TeburaError;
  const code = known ? error.code : "UNEXPECTED";
  const message = error instanceof Error ? error.message : String(error);
  io.err(`tebura: ${code}: ${message}\n`);
  if (!known) {
    io.err(
      process.env["TEBURA_DEBUG"] && error instanceof Error
        ? `${error.stack}\n`
        : "This is a defect. Set TEBURA_DEBUG=1 to see where it happened.\n",
    );
  }
  if (json) io.out(`${JSON.stringify({ error: { code, message } })}\n`);
  return code === "USAGE" ? 2 : 1;
}

/** Joins the process to `main`: standard streams, exit status, Ctrl-C and SIGTERM as an abort. */
export async function runProcess(args: readonly string[]): Promise<void> {
  const stop = new AbortController();
  let asked = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    asked += 1;
    if (asked > 1) process.exit(130); // Asked twice: the person does not want to wait.
    stop.abort(new TeburaError("STOPPED", `stopped by ${signal}`));
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  // Whoever read our output may have left; that is no reason to fall over.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  process.exitCode = await main(args, {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    signal: stop.signal,
    interactive: process.stderr.isTTY === true,
    secret: async (label) => await readSecret(label, stop.signal),
  });
  process.off("SIGINT", onSignal);
  process.off("SIGTERM", onSignal);
}
