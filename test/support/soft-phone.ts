import { generateKeyPairSync, randomBytes, sign, verify } from "node:crypto";
import type { PhoneEvidence } from "#contract/events.ts";
import type { Opening } from "#contract/evidence-commitment.ts";
import type { PersonId } from "#contract/ids.ts";
import type { PhoneSignature } from "#contract/phone-evidence.ts";
import { findingIn } from "#device/till/phone-verifier.ts";
import type { PhoneVerifier } from "#gateway/step-up/phone-judge.ts";

const scheme = "test-phone";

/** What a phone of this kind signs: for whom, and which payment. */
interface Said {
  readonly person: string;
  readonly reference: string;
  readonly amountYen: number;
}

/** A phone with a key of its own, and a verifier that knows this phone. */
export class SoftPhone {
  readonly #keys = generateKeyPairSync("ed25519");

  /** What a gateway is given so that it can judge this phone's signatures. */
  readonly verifier: PhoneVerifier = {
    flawOf: ({ scheme: of, statement, signature }, { person, payment }) => {
      if (of !== scheme) return "PHONE_NOT_VERIFIABLE";
      const bytes = Buffer.from(statement, "base64url");
      const holds = verify(null, bytes, this.#keys.publicKey, Buffer.from(signature, "base64url"));
      if (!holds) return "PHONE_SIGNATURE_INVALID";
      const said = JSON.parse(bytes.toString("utf8")) as Said;
      if (said.person !== person) return "PHONE_OTHER_PERSON";
      const { reference, amountYen } = payment ?? said;
      const isThis = said.reference === reference && said.amountYen === amountYen;
      return isThis ? undefined : "PHONE_OTHER_PAYMENT";
    },
  };

  signs(said: Said): PhoneSignature {
    const bytes = Buffer.from(JSON.stringify(said));
    const signature = sign(null, bytes, this.#keys.privateKey).toString("base64url");
    return { kind: "phone", scheme, statement: bytes.toString("base64url"), signature };
  }
}

/** What a box puts into its event of a phone, and what goes beside it. */
export function shownOf(signed: PhoneSignature): {
  readonly evidence: PhoneEvidence;
  readonly opening: Opening;
} {
  const finding = findingIn({ kind: "proved", person: "p1" as PersonId, signed }, randomBytes(16));
  if (finding.kind !== "proved") throw new Error("it was proved");
  return finding.proof;
}
