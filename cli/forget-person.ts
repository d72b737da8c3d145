import * as z from "zod";
import { TeburaError } from "#contract/errors.ts";
import { type Pseudonym, pseudonymSchema, wallMsSchema } from "#contract/ids.ts";
import { type Service, serviceSchema } from "#contract/services.ts";
import { parseService } from "#firmware-config/policy-table.ts";
import { reasonHeader } from "#gateway/api/protection.ts";
import { askGateway, type Question } from "./ask-gateway.ts";
import { type Io, printResult } from "./io.ts";
import type { CommandSettings } from "./settings.ts";

const answerSchema = z.strictObject({
  forgotten: z.boolean(),
  consents: z.array(
    z.strictObject({
      service: serviceSchema,
      person: pseudonymSchema,
      endedAt: wallMsSchema.nullable(),
    }),
  ),
});

export interface ForgetAsked {
  /** An office's number, or a service and the pseudonym in it. */
  readonly words: readonly string[];
  readonly gateway: string | undefined;
  readonly json: boolean;
}

/** `tebura registry forget`: asked of the gateway, which has it on record. Throws PERSON_NOT_FOUND. */
export async function forgetPerson(
  settings: CommandSettings,
  { words, gateway, json }: ForgetAsked,
  io: Io,
): Promise<number> {
  const text = await askGateway(settings, gateway, questionOf(whomIn(words)), io);
  const answer = answerSchema.parse(JSON.parse(text));
  const { forgotten, consents } = answer;
  if (!forgotten && consents.length === 0) {
    throw new TeburaError("PERSON_NOT_FOUND", "nobody is known by that name");
  }
  printResult(io, json, answer, () =>
    [
      forgotten ? "forgotten" : "was forgotten before",
      ...(consents.length === 0
        ? []
        : ["by these names the proof is asked for that every box has deleted; keep them:"]),
      ...consents.map(({ service, person }) => `  tebura consent certificate ${service} ${person}`),
    ].join("\n"),
  );
  return 0;
}

type Whom = { readonly reference: string } | { readonly service: Service; person: Pseudonym };

function whomIn([first, second, ...rest]: readonly string[]): Whom {
  const person = pseudonymSchema.safeParse(second);
  if (first !== undefined && rest.length === 0) {
    if (second === undefined) return { reference: first };
    if (person.success) return { service: parseService(first), person: person.data };
  }
  throw new TeburaError(
    "USAGE",
    "tebura registry forget takes an office's number, or a service and a person's pseudonym in it",
  );
}

function questionOf(whom: Whom): Question {
  // Whoever is under protection may be forgotten like everybody, and have the proof of it.
  const headers = { "content-type": "application/json", [reasonHeader]: "own-data" };
  const notTaken = new TeburaError("USAGE", "this is no number that an office gives");
  return {
    ...{ name: "tebura registry", scopes: ["persons:write", "protected:read"] },
    ...{ path: "/api/registry/persons/forget", refusals: { 400: notTaken } },
    init: { method: "POST", headers, body: JSON.stringify(whom) },
  };
}
