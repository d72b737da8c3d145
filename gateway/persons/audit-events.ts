import { lookedAtMax } from "#contract/bodies/registry.ts";
import type { EventBody } from "#contract/events.ts";
import type { Pseudonym } from "#contract/ids.ts";
import type { PseudonymOf } from "#contract/pseudonym.ts";
import type { Access, Audit } from "./access.ts";

/** Writes down a look at people whom an answer of the interface names, under its address. */
export function noteAnswer(record: (body: EventBody) => Promise<unknown>) {
  return async ({ who, why, path, persons }: AnswerLook): Promise<void> => {
    const by = path
      .toLowerCase()
      .replace(/^\/api\//, "")
      .replace(/[^a-z0-9]+/g, "-");
    const look = {
      type: "registry.looked",
      who,
      why,
      what: "answer",
      by: by.slice(0, 40),
    } as const;
    for (let at = 0; at < persons.length; at += lookedAtMax) {
      const part = persons.slice(at, at + lookedAtMax);
      await record({ ...look, persons: part, fields: ["protected"] });
    }
  };
}

interface AnswerLook extends Access {
  readonly path: string;
  readonly persons: readonly Pseudonym[];
}

/**
 * Writes each look at people into the ledger, signed at the desk, before the registry shows anything. A
 * search that finds nobody is a look too.
 */
export function auditInLedger(
  record: (body: EventBody) => Promise<unknown>,
  pseudonymOf: PseudonymOf,
): Audit {
  return async ({ who, why, what, by, persons, fields }) => {
    const named = persons.map((person) => pseudonymOf("counter", person));
    const parts = Math.max(1, Math.ceil(named.length / lookedAtMax));
    const looks = Array.from({ length: parts }, (_, part) => ({
      ...{ type: "registry.looked" as const, who, why, what, by, fields: [...fields] },
      persons: named.slice(part * lookedAtMax, (part + 1) * lookedAtMax),
    }));
    await Promise.all(looks.map(record));
  };
}
