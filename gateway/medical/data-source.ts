import type { DataCategory } from "#contract/bodies/medical.ts";
import { TeburaError } from "#contract/errors.ts";
import type { Pseudonym } from "#contract/ids.ts";

/** A hospital's or the insurer's system that answers questions about somebody. */
export interface MedicalSource {
  readonly url: string;
  /** Sent as a bearer token, where the system wants one. */
  readonly token?: string | undefined;
}

/** So long a crew waits at most. */
const answerMsMax = 10_000;

/**
 * Reads data of a person from where it lives, kind by kind as it was put on record, and keeps nothing. The
 * question is `{ subject, categories }` as a POST; the answer is that system's own JSON. Throws
 * MEDICAL_SOURCE_UNSET where none is set up and MEDICAL_SOURCE_FAILED, which says nothing of the answer.
 */
export function readFrom(source: MedicalSource | undefined) {
  return async (subject: Pseudonym, categories: readonly DataCategory[]): Promise<unknown> => {
    if (!source) {
      const message = "no hospital's or insurer's system is set up: gateway.medicalSource";
      throw new TeburaError("MEDICAL_SOURCE_UNSET", message);
    }
    const authorization =
      source.token === undefined ? {} : { authorization: `Bearer ${source.token}` };
    try {
      const answer = await fetch(source.url, {
        ...{ method: "POST", redirect: "error", signal: AbortSignal.timeout(answerMsMax) },
        headers: { "content-type": "application/json", ...authorization },
        body: JSON.stringify({ subject, categories }),
      });
      if (answer.ok) return await answer.json();
    } catch {
      // Told below: a cause could repeat what the system sent.
    }
    const message = "the hospital's or insurer's system did not answer; ask there";
    throw new TeburaError("MEDICAL_SOURCE_FAILED", message);
  };
}
