import { TeburaError } from "#contract/errors.ts";
import { deviceFiles } from "#device/app.ts";
import { GalleryStore } from "#device/gallery/gallery-store.ts";
import { templateModelOf } from "#device/gallery/rotated-vision.ts";
import { openIdentity } from "#device/identity/identity.ts";
import { embedderIdentity } from "#models/networks/open.ts";
import { commonHelp, commonOptions, readArguments } from "./arguments.ts";
import { type Command, printResult } from "./io.ts";
import { networkChoice } from "./open-vision.ts";
import { clock, foldersOf } from "./parts.ts";
import { type CommandSettings, settingsFrom } from "./settings.ts";

const help = `Usage: tebura gallery list | remove NAME [OPTIONS]

Who is enrolled on this box. Stop the appliance before removing somebody.

  list              names, templates and the time of enrolment
  remove NAME       forget a person and every template
${commonHelp}
`;

/** Opens the gallery of a box's data folder, which holds templates of one embedder only. */
export async function openGallery(settings: CommandSettings): Promise<GalleryStore> {
  const folder = foldersOf(settings).device;
  const { storageKey, rotationSeed } = openIdentity(folder, settings.device.id);
  const { model, dimensions } = await embedderIdentity(networkChoice(settings));
  return new GalleryStore({
    path: deviceFiles(folder).gallery,
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
    const [action, name] = positionals;
    if (action !== "list" && action !== "remove") {
      throw new TeburaError("USAGE", "tebura gallery takes list or remove NAME. Try --help.");
    }
    using store = await openGallery(settingsFrom(values));
    if (action === "list") {
      const people = store.list().map(({ name: of, templates, enrolledAt }) => ({
        ...{ name: of, templates },
        enrolledAt: new Date(enrolledAt).toISOString(),
      }));
      printResult(
        io,
        values.json,
        { people },
        () =>
          people.map((each) => `${each.enrolledAt}  ${each.name}`).join("\n") ||
          "nobody is enrolled",
      );
      return 0;
    }
    const person = name === undefined ? undefined : store.find(name.normalize("NFC").trim());
    if (!person) {
      throw new TeburaError(
        "PERSON_NOT_FOUND",
        "nobody is enrolled under this name; see gallery list",
      );
    }
    store.remove(person);
    printResult(io, values.json, { removed: 1 }, () => "removed");
    return 0;
  },
};
