import { has, say as word } from "./words.js";

/** What every part of the operator's page shares: asking the box, and saying what came of it. */
let locked = () => {};

/** Called when the box does not know the key. */
export function onLocked(listener) {
  locked = listener;
}

export const tell = (text) => {
  document.getElementById("say").textContent = text;
};

export async function call(method, path, body) {
  const answer = await fetch(`/operator/api${path}`, {
    method,
    headers: {
      authorization: `Bearer ${sessionStorage.getItem("key") ?? ""}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (answer.ok) return answer;
  const { code } = await answer.json().catch(() => ({ code: "" }));
  if (answer.status === 401) locked();
  const known = `code_${code}`;
  throw new Error(has(known) ? word(known) : word("failed", { code: code || answer.status }));
}

/** Runs what a button does, and says what went wrong in words. */
export async function run(work, done = "") {
  try {
    await work();
    tell(done && word(done));
  } catch (error) {
    tell(error.message);
  }
}
