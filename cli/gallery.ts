import { copyFileSync, existsSync, renameSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { TeburaError } from "#contract/errors.ts";
import { deviceFiles } from "#device/appliance-ports.ts";
import { GalleryStore } from "#device/gallery/gallery-store.ts";
import { templateModelOf } from "#device/gallery/rotated-vision.ts";
import { forgetRow } from "#device/gallery/sync/forget-row.ts";
import { openIdentity } from "#device/identity/identity.ts";
import { embedderIdentity } from "#models/networks/open.ts";
import { lockFolder } from "#runtime/folder-lock.ts";
import { commonHelp, commonOptions, readArguments } from "./arguments.ts";
import { askGateway, galleryState } from "./gallery-state.ts";
import { type Command, type Io, printResult } from "./io.ts";
import { networkChoice } from "./open-vision.ts";
import { clock, foldersOf, keyStoreOf } from "./parts.ts";
import { type CommandSettings, settingsFrom } from "./settings.ts";

const help = `Usage: tebura gallery list | fallen | remove NAME | backup FILE | restore [FILE] [OPTIONS]
       tebura gallery state | sync BOX | rekey [OPTIONS]

Who is enrolled on this box. Stop the appliance before removing somebody or restoring.

  list              names, templates and the time of enrolment
  fallen            who is recognised less and less (a child who has grown), to be enrolled anew
  remove NAME       forget a person and every template
  backup FILE       copy the gallery, sealed as it is; only this box's keys open it
  restore [FILE]    put a copy in place (default: the one that a box makes each day)

At a gateway, beside it while it runs:

  state             which box holds which state of its gallery
  sync BOX          have a box delete what others sealed to it, and get it anew
  rekey             a new secret rotation for the deployment: every box goes through it, and old
                    copies of a gallery match nothing
${commonHelp}
`;

/** Opens the gallery of a box's data folder, which holds templates of one embedder only. */
export async function openGallery(settings: CommandSettings, path?: string): Promise<GalleryStore> {
  const folder = foldersOf(settings).device;
  const { storageKey, rotationSeed } = openIdentity(
    folder,
    settings.device.id,
    keyStoreOf(settings),
  );
  const { model, dimensions } = await embedderIdentity(networkChoice(settings));
  return new GalleryStore({
    path: path ?? deviceFiles(folder).gallery,
    key: storageKey,
    model: templateModelOf(model, rotationSeed),
    dimensions,
    wall: () => clock.wall(),
  });
}

export const gallery: Command = {
  summary: "who is enrolled",
  async run(args, io) {
    const { values, positionals } = readArguments(args, commonOptions);
    if (values.help) {
      io.out(help);
      return 0;
    }
    const [action, given] = positionals;
    const settings = settingsFrom(values);
    switch (action) {
      case "list":
        return await list(settings, values.json, io);
      case "fallen":
        return await fallen(settings, values.json, io);
      case "remove":
        return await remove(settings, given, values.json, io);
      case "backup":
        return await backup(settings, given, values.json, io);
      case "state":
        return await galleryState(settings, values.json, io);
      case "sync":
      case "rekey":
        return askGateway(settings, action, given, values.json, io);
      case "restore":
        return await restore(settings, given, values.json, io);
      default:
        throw new TeburaError(
          "USAGE",
          "tebura gallery takes list, fallen, remove NAME, backup FILE, restore, state, sync BOX or rekey. Try --help.",
        );
    }
  },
};

async function list(settings: CommandSettings, json: boolean, io: Io): Promise<number> {
  using store = await openGallery(settings);
  const people = store.list().map(({ name, templates, enrolledAt }) => ({
    ...{ name, templates },
    enrolledAt: new Date(enrolledAt).toISOString(),
  }));
  const lines = people.map((each) => `${each.enrolledAt}  ${each.name}`);
  printResult(io, json, { people }, () => lines.join("\n") || "nobody is enrolled");
  return 0;
}

/** For whoever enrols: the door says nothing of it to anybody. */
async function fallen(settings: CommandSettings, json: boolean, io: Io): Promise<number> {
  using store = await openGallery(settings);
  const people = store.scores.fallen.map((one) => ({
    ...{ name: store.nameOf(one.person) ?? "", fallen: Math.round(one.fallen * 10) / 10 },
  }));
  const lines = people.map(({ name, fallen: by }) => `${name}  weaker by ${by} powers of ten`);
  printResult(io, json, { people }, () => lines.join("\n") || "everybody is recognised as before");
  return 0;
}

async function remove(
  settings: CommandSettings,
  name: string | undefined,
  json: boolean,
  io: Io,
): Promise<number> {
  using store = await openGallery(settings);
  const person = name === undefined ? undefined : store.find(name.normalize("NFC").trim());
  if (!person) {
    throw new TeburaError(
      "PERSON_NOT_FOUND",
      "nobody is enrolled under this name; see gallery list",
    );
  }
  // Whoever is here on consents is said to be gone, signed, when the box next runs.
  for (const { service, person: pseudonym } of store.consents.of(person)) {
    forgetRow({ service, persons: [pseudonym], order: 0 }, { store, onChanged: () => undefined });
  }
  store.remove(person);
  // A forgotten person must not come back from yesterday's copy.
  rmSync(deviceFiles(foldersOf(settings).device).backup, { force: true });
  printResult(io, json, { removed: 1 }, () => "removed");
  return 0;
}

async function backup(
  settings: CommandSettings,
  file: string | undefined,
  json: boolean,
  io: Io,
): Promise<number> {
  if (file === undefined) throw new TeburaError("USAGE", "tebura gallery backup takes a FILE.");
  using store = await openGallery(settings);
  store.backup(resolve(file));
  printResult(io, json, { people: store.list().length }, ({ people }) => `${people} people copied`);
  return 0;
}

/** Opens every row of the copy first: what does not open here is not put in place. */
async function restore(
  settings: CommandSettings,
  file: string | undefined,
  json: boolean,
  io: Io,
): Promise<number> {
  const files = deviceFiles(foldersOf(settings).device);
  const source = resolve(file ?? files.backup);
  if (!existsSync(source)) throw new TeburaError("SOURCE_NOT_FOUND", `there is no ${source}`);
  using _lock = lockFolder(settings.dataDir);
  const part = `${files.gallery}.restored`;
  copyFileSync(source, part);
  let people = 0;
  try {
    using copy = await openGallery(settings, part);
    for (const { template } of copy.load()) template.fill(0);
    people = copy.list().length;
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
  for (const ending of ["-wal", "-shm"]) rmSync(`${files.gallery}${ending}`, { force: true });
  renameSync(part, files.gallery);
  printResult(io, json, { people }, () => `${people} people restored`);
  return 0;
}
