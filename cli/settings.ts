import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseService } from "#firmware-config/policy-table.ts";
import { readSettings, type Settings } from "#firmware-config/settings.ts";

/** Settings as a command uses them: the data folder is known. */
export type CommandSettings = Settings & { readonly dataDir: string };

/** Beside the program, so that it is the same one wherever a command is typed. */
const defaultDataDir = fileURLToPath(new URL("../.tebura/data", import.meta.url));

/** Settings with what was typed laid over the file, and the file over the defaults. */
export function settingsFrom(values: {
  readonly config?: string | undefined;
  readonly data?: string | undefined;
  readonly service?: string | undefined;
  readonly source?: string | undefined;
}): CommandSettings {
  const file = readSettings(values.config);
  const dataDir = values.data ?? process.env["TEBURA_DATA"] ?? file.dataDir ?? defaultDataDir;
  return {
    ...file,
    dataDir: resolve(dataDir),
    device: {
      ...file.device,
      service: values.service === undefined ? file.device.service : parseService(values.service),
      source: values.source ?? file.device.source,
    },
  };
}
