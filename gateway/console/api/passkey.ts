import { type Answer, postJson } from "./client.ts";

interface Asked {
  readonly ticket: string;
  readonly options: PublicKeyCredentialRequestOptionsJSON;
}

/** Signs in with a passkey, in the page that is open. Gives the account's id, or nothing where it did not hold. */
export async function showPasskey(): Promise<string | undefined> {
  const asked = await postJson<Asked>("/api/staff/sign-in/options", {});
  if (!asked.ok) return undefined;
  const { ticket, options } = asked.value;
  try {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    const credential = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential;
    const response = credential.toJSON();
    const answer: Answer<{ account: { id: string } }> = await postJson("/api/staff/sign-in", {
      ...{ ticket, response },
    });
    return answer.ok ? answer.value.account.id : undefined;
  } catch {
    return undefined; // Cancelled, or a browser without passkeys.
  }
}
