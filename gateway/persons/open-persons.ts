import { join } from "node:path";
import { pseudonymsUnder } from "#contract/pseudonym.ts";
import type { Clock } from "#runtime/clock.ts";
import { secretBytesFile } from "#runtime/key-file.ts";
import { type KeyStore, plainKeyStore } from "#runtime/key-store/vault.ts";
import type { Audit } from "./access.ts";
import { PersonRegistry } from "./person-registry.ts";
import { SealedRecords } from "./sealed-records.ts";
import { Sealer } from "./sealer.ts";

/** Files of the registry in a gateway's data folder. */
export function personFiles(dataDir: string) {
  return {
    records: join(dataDir, "registry.db"),
    /** Without it nothing in `records` opens. */
    key: join(dataDir, "keys", "registry.key"),
    /** The deployment's secret, the same as the boxes' own: by it pseudonyms are made. */
    pseudonyms: join(dataDir, "keys", "pseudonym.key"),
    apiKeys: join(dataDir, "api-keys.db"),
  };
}

export interface OpenPersons extends Disposable {
  readonly registry: PersonRegistry;
}

/**
 * Opens the registry, and makes its keys on first use; `store` seals them where the machine has a TPM or
 * a token. Throws DATA_UNWRITABLE, DATA_CORRUPT or KEY_STORE_UNUSABLE.
 */
export function openPersons(
  dataDir: string,
  ports: { readonly clock: Pick<Clock, "wall">; readonly audit: Audit },
  store: KeyStore = plainKeyStore,
): OpenPersons {
  const files = personFiles(dataDir);
  const pseudonymOf = pseudonymsUnder(secretBytesFile(files.pseudonyms, store));
  const records = new SealedRecords(files.records, new Sealer(secretBytesFile(files.key, store)));
  return {
    registry: new PersonRegistry({ ...ports, records, pseudonymOf }),
    [Symbol.dispose]: () => records[Symbol.dispose](),
  };
}
