import { TeburaError } from "#contract/errors.ts";
import type { DeviceId, WallMs } from "#contract/ids.ts";
import { gatewayFiles } from "#gateway/config.ts";
import { Deletions } from "#gateway/consent/deletions.ts";
import { openGalleriesFile } from "#gateway/gallery/galleries.ts";
import type { GalleriesFile } from "#gateway/gallery/galleries-file.ts";
import { Ledger } from "#gateway/ledger/ledger.ts";
import { pagesOf } from "#gateway/ledger/pages.ts";
import { placed } from "#gateway/ledger/placed.ts";
import { DeviceRegistry } from "#gateway/registry/device-registry.ts";
import { ConsentBook } from "#gateway/views/consent-book.ts";
import { GalleryBook } from "#gateway/views/gallery-book.ts";
import { Disposables } from "#runtime/disposables.ts";
import { keyPairFile } from "#runtime/key-file.ts";
import { clock, foldersOf } from "./parts.ts";
import type { CommandSettings } from "./settings.ts";

/** Consents and galleries as a gateway's files tell them, beside the running gateway. */
export interface OpenConsents extends AsyncDisposable {
  readonly consents: ConsentBook;
  readonly galleries: GalleryBook;
  readonly deletions: Deletions;
  readonly file: GalleriesFile;
}

/** Folds the ledger of a gateway's data folder; changes nothing there. Throws SOURCE_NOT_FOUND. */
export function openConsents(settings: CommandSettings): OpenConsents {
  const folder = foldersOf(settings).gateway;
  const files = gatewayFiles(folder);
  const parts = new Disposables();
  const ledger = new Ledger(files.ledger, { readonly: true });
  parts.defer(() => ledger[Symbol.dispose]());
  const file = openGalleriesFile(folder);
  parts.defer(() => file[Symbol.dispose]());
  const devices = new DeviceRegistry(files.devices, { readonly: true });
  parts.defer(() => devices[Symbol.dispose]());
  const [consents, galleries] = [new ConsentBook(), new GalleryBook()];
  const heard = new Map<DeviceId, WallMs>();
  for (const page of pagesOf(ledger)) {
    for (const entry of page) {
      const one = placed(entry);
      if (entry.refusal === null) for (const book of [consents, galleries]) book.apply(one);
      heard.set(entry.device, entry.receivedAt);
    }
  }
  const deletions = new Deletions({
    ...{ file, ledger, clock, privateKey: keyPairFile(files.key).privateKey },
    consents: () => consents,
    galleries: () => galleries,
    registered: (device) => devices.get(device),
    heardAt: (device) => heard.get(device),
    record: async () => {
      throw new TeburaError("DATA_LOCKED", "only the running gateway writes to its ledger");
    },
  });
  const release = async () => await parts[Symbol.asyncDispose]();
  return { consents, galleries, deletions, file, [Symbol.asyncDispose]: release };
}
