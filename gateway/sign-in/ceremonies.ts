import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
  type WebAuthnCredential,
} from "@simplewebauthn/server";
import * as z from "zod";
import type { Passkey } from "./passkeys.ts";
import type { RelyingParty } from "./relying-party.ts";

const base64url = z
  .string()
  .regex(/^[A-Za-z0-9_-]*$/)
  .max(16_384);
const fromBrowser = {
  id: base64url,
  rawId: base64url,
  type: z.literal("public-key"),
  clientExtensionResults: z.looseObject({}).default({}),
  authenticatorAttachment: z.string().max(40).nullish(),
};

/** RegistrationResponseJSON of WebAuthn level 3, section 5.1, as far as it is read here. */
export const registrationSchema = z.object({
  ...fromBrowser,
  response: z.object({
    clientDataJSON: base64url,
    attestationObject: base64url,
    transports: z.array(z.string().max(40)).max(10).optional(),
  }),
});

/** AuthenticationResponseJSON of the same section. */
export const assertionSchema = z.object({
  ...fromBrowser,
  response: z.object({
    clientDataJSON: base64url,
    authenticatorData: base64url,
    signature: base64url,
    userHandle: base64url.nullish(),
  }),
});

export interface NewPasskey {
  readonly credential: WebAuthnCredential;
  readonly synced: boolean;
}

/** What a browser is asked for, to make a passkey for an account. */
export async function askForNewPasskey(
  party: RelyingParty,
  account: { readonly id: string; readonly name: string; readonly known: readonly Passkey[] },
) {
  return await generateRegistrationOptions({
    rpName: "手ぶら Tebura",
    rpID: party.id,
    userName: account.name,
    userDisplayName: account.name,
    userID: new TextEncoder().encode(account.id),
    // Who made the key is not asked: there is no kind of key that a city would turn away.
    attestationType: "none",
    excludeCredentials: account.known.map(({ id, transports }) => ({
      id,
      ...(transports && { transports }),
    })),
    // Found without a name being typed first, and opened by a finger, a face or a PIN.
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
    timeout: 300_000,
  });
}

/** The passkey that a browser made, or undefined where what it sent does not hold. */
export async function newPasskeyIn(
  party: RelyingParty,
  challenge: string,
  response: z.infer<typeof registrationSchema>,
): Promise<NewPasskey | undefined> {
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: response as RegistrationResponseJSON,
      expectedChallenge: challenge,
      ...{ expectedOrigin: party.origin, expectedRPID: party.id, requireUserVerification: true },
    });
    if (!verified) return undefined;
    const { credential, credentialBackedUp } = registrationInfo;
    return { credential, synced: credentialBackedUp };
  } catch {
    return undefined; // Its sentences repeat what was sent.
  }
}

/** What a browser is asked for, to prove that somebody has a passkey; it says itself whose. */
export async function askForPasskey(party: RelyingParty) {
  return await generateAuthenticationOptions({
    ...{ rpID: party.id, userVerification: "required", timeout: 300_000 },
  });
}

/**
 * The counter that a passkey has reached, or undefined where its answer does not hold: another
 * challenge, origin or key, nobody who touched it, or a counter that went back (a copy of it is in use;
 * WebAuthn section 6.1.1).
 */
export async function counterIn(
  party: RelyingParty,
  challenge: string,
  passkey: Passkey,
  response: z.infer<typeof assertionSchema>,
): Promise<number | undefined> {
  const { userHandle } = response.response;
  const owner = userHandle ? Buffer.from(userHandle, "base64url").toString("utf8") : undefined;
  // Section 7.2, step 6: whom the key names is who owns it.
  if (owner !== passkey.account) return undefined;
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: response as AuthenticationResponseJSON,
      expectedChallenge: challenge,
      ...{ expectedOrigin: party.origin, expectedRPID: party.id, requireUserVerification: true },
      credential: passkey,
    });
    return verified ? authenticationInfo.newCounter : undefined;
  } catch {
    return undefined;
  }
}
