import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { TeburaError } from "#contract/errors.ts";
import { reasonHeader } from "#gateway/api/protection.ts";
import { commonHelp, commonOptions, readArguments } from "./arguments.ts";
import { askGateway, type Question } from "./ask-gateway.ts";
import type { Command } from "./io.ts";
import { settingsFrom } from "./settings.ts";

const help = `Usage: tebura audit --person REFERENCE [OPTIONS]

Everything that this gateway holds of a person, every record that is about them, and everybody who
looked, as a text in Japanese for the person's own request. The request itself is recorded first, and
stands in the answer. Works beside a running gateway, and without one.

  --person REFERENCE  the office's number for the person
  --out FILE          write it there, readable by its owner alone
  --gateway URL       where the gateway's page is (default: where the settings have it)
${commonHelp}
`;

export const audit: Command = {
  summary: "all that is held of a person and every use of it",
  async run(args, io) {
    const { values, positionals } = readArguments(args, {
      ...commonOptions,
      person: { type: "string" },
      out: { type: "string" },
      gateway: { type: "string" },
    });
    if (values.help) {
      io.out(help);
      return 0;
    }
    const reference = values.person;
    if (reference === undefined || positionals.length > 0) {
      throw new TeburaError("USAGE", "say whom with --person REFERENCE. Try --help.");
    }
    const settings = settingsFrom(values);
    const form = values.json ? "json" : "sheet";
    const text = await askGateway(settings, values.gateway, questionOf({ reference, form }), io);
    if (values.out === undefined) io.out(text.endsWith("\n") ? text : `${text}\n`);
    else {
      writeFileSync(resolve(values.out), text, { mode: 0o600 });
      io.err(`tebura: written to ${values.out}\n`);
    }
    return 0;
  },
};

const unknown = new TeburaError("PERSON_NOT_FOUND", "nobody is registered by that number");

function questionOf(asked: object): Question {
  const headers = {
    "content-type": "application/json",
    // Whoever is under protection may ask for their own data like everybody.
    [reasonHeader]: "own-data",
  };
  return {
    ...{ name: "tebura audit", scopes: ["own-data:read", "protected:read"] },
    ...{ path: "/api/own-data", refusals: { 404: unknown } },
    init: { method: "POST", headers, body: JSON.stringify(asked) },
  };
}
