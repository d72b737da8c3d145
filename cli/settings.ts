import { resolve } from "node:path";
import { parseService } from "#firmware-config/policy.ts";
import { readSettings, type Settings } from "#firmware-config/settings.ts";

/** Settings with what was typed laid over the file, and the file over the defaults. */
export function settingsFrom(values: {
  readonly config?: string | undefined;
  readonly data?: string | undefined;
  readonly service?: string | undefined;
  readonly source?: string | undefined;
}): Settings {
  const file = readSettings(values.config);
  const dataDir = values.data ?? process.env["TEBURA_DATA"] ?? file.dataDir;
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
