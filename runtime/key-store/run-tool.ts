import { spawnSync } from "node:child_process";
import { TeburaError } from "#contract/errors.ts";

export interface ToolRun {
  readonly input?: Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  /** What it means when the tool says no; undefined where that is an answer too. */
  readonly failure?: string;
}

const toolMsMax = 30_000;

/**
 * Runs a tool of the operating system and returns what it printed; undefined when it said no and that is
 * an answer. Secrets go through its input and its environment, never through its arguments, which every
 * process of the machine can read. Throws KEY_STORE_UNUSABLE.
 */
export function runTool(
  program: string,
  args: readonly string[],
  { input, env = {}, failure }: ToolRun = {},
): Buffer | undefined {
  const { status, stdout, error } = spawnSync(program, args, {
    ...(input ? { input } : {}),
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "ignore"],
    timeout: toolMsMax,
  });
  if ((error as NodeJS.ErrnoException | undefined)?.code === "ENOENT") {
    throw new TeburaError(
      "KEY_STORE_UNUSABLE",
      `${program} is not installed; see docs/key-store.md`,
    );
  }
  if (status === 0) return stdout;
  if (failure === undefined) return undefined;
  throw new TeburaError("KEY_STORE_UNUSABLE", `${failure} (${program} ended with ${status})`);
}
