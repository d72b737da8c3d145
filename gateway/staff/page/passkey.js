// Talks to the gateway and to the browser's passkeys.
import { say, write } from "./words.js";

/** A refusal with its code, for which there are words. */
export class Refusal extends Error {
  constructor(code, detail = "") {
    super(`${say(code)}${detail}`);
    this.code = code;
  }
}

export async function send(path, body, csrf) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json", ...(csrf && { "x-tebura-csrf": csrf }) },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
  const said = await answer.json();
  if (answer.ok) return said;
  const where =
    said.code === "SIGN_IN_ADDRESS" ? (/https?:\S+\w/.exec(said.message)?.[0] ?? "") : "";
  throw new Refusal(said.code, where && ` ${where}`);
}

/** Asks the browser for a passkey; `how` is create or get. */
async function asked(how, publicKey) {
  try {
    const credential = await navigator.credentials[how]({ publicKey });
    return credential.toJSON();
  } catch (error) {
    if (error.name === "InvalidStateError") throw new Refusal("KNOWN");
    throw new Refusal(error.name === "NotAllowedError" ? "CANCELLED" : "FAILED");
  }
}

function needPasskeys() {
  const known = globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON;
  if (!known) throw new Refusal("NO_PASSKEYS");
}

export async function makePasskey(options) {
  needPasskeys();
  return await asked("create", PublicKeyCredential.parseCreationOptionsFromJSON(options));
}

export async function showPasskey(options) {
  needPasskeys();
  return await asked("get", PublicKeyCredential.parseRequestOptionsFromJSON(options));
}

/** Runs what a button does, once at a time, and tells what went wrong where a screen reader hears it. */
export async function attempt(button, work) {
  const told = document.getElementById("told");
  button.disabled = true;
  told.className = "";
  write(told, say("waiting"));
  try {
    await work();
    told.textContent = "";
  } catch (error) {
    told.className = "refused";
    write(told, error instanceof Refusal ? error.message : say("FAILED"));
    button.disabled = false;
    document.querySelector("input")?.focus();
    return;
  }
  button.disabled = false;
}

/** Where somebody wanted to go, on this gateway and nowhere else. */
export function destination() {
  const then = new URLSearchParams(location.search).get("then") ?? "/";
  const url = URL.canParse(then, location.origin) && new URL(then, location.origin);
  return url && url.origin === location.origin ? `${url.pathname}${url.search}${url.hash}` : "/";
}
