// One's own account: roles, sessions, passkeys, recovery codes, and the way out.
import { attempt, makePasskey, Refusal, send } from "./passkey.js";
import { languageTag, offerLanguages, say, write, writeWords } from "./words.js";

const byId = (id) => document.getElementById(id);
const state = { csrf: "" };

offerLanguages(byId("language"), () => void load());
writeWords();
byId("sign-out").addEventListener("click", () => run(byId("sign-out"), signOut));
byId("add-passkey").addEventListener("click", () => run(byId("add-passkey"), addPasskey));
byId("new-codes").addEventListener("click", () => run(byId("new-codes"), newCodes));
const signInAgain = () => location.assign("/sign-in?then=/account");

/** What opens more doors asks for the passkey once more, and comes back here. */
function run(button, work) {
  return attempt(button, async () => {
    try {
      await work();
    } catch (error) {
      const isOver = error instanceof Refusal && /^(SIGN_IN_STALE|SESSION_ENDED)$/.test(error.code);
      if (!isOver) throw error;
      signInAgain();
    }
  });
}

async function read(path) {
  const answer = await fetch(path);
  if (answer.status === 401) signInAgain();
  return await answer.json();
}

async function load() {
  const { account, csrf, passkeys, recoveryCodesLeft } = await read("/api/staff/me");
  const { sessions } = await read("/api/staff/sessions");
  state.csrf = csrf;
  byId("who").textContent = account.name;
  byId("roles").replaceChildren(...account.grants.map(role));
  byId("sessions").replaceChildren(...sessions.map(session));
  byId("passkeys").replaceChildren(...passkeys.map((one) => passkey(one, passkeys.length > 1)));
  byId("codes-left").textContent = recoveryCodesLeft;
}

const time = (at) =>
  new Intl.DateTimeFormat(languageTag(), { dateStyle: "medium", timeStyle: "short" }).format(at);

function line(text, button) {
  const made = document.createElement("li");
  const words = document.createElement("span");
  write(words, text);
  made.append(words, ...(button ? [button] : []));
  return made;
}

function action(key, work) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  write(button, say(key));
  button.addEventListener("click", () => run(button, work));
  return button;
}

function role({ role: name, sites }) {
  return line(`${say(`role_${name}`)}: ${sites ? sites.join(", ") : say("everywhere")}`);
}

function session({ handle, agent, seenAt, isThis }) {
  const end = async () => {
    await send("/api/staff/sign-out", { handle }, state.csrf);
    await load();
  };
  const text = `${isThis ? `${say("thisOne")} · ` : ""}${time(seenAt)} · ${agent}`;
  return line(text, isThis ? undefined : action("end", end));
}

function passkey({ id, synced, createdAt, lastUsedAt }, mayGo) {
  const remove = async () => {
    await send("/api/staff/passkeys/remove", { id }, state.csrf);
    await load();
  };
  const used = lastUsedAt ? `${say("lastUsed")} ${time(lastUsedAt)}` : say("neverUsed");
  const text = [time(createdAt), used, synced ? say("synced") : ""].filter(Boolean).join(" · ");
  return line(text, mayGo ? action("remove", remove) : undefined);
}

async function addPasskey() {
  const { ticket, options } = await send("/api/staff/passkeys/options", {}, state.csrf);
  const response = await makePasskey(options);
  await send("/api/staff/passkeys", { ticket, response }, state.csrf);
  await load();
}

async function newCodes() {
  const { recoveryCodes } = await send("/api/staff/recovery-codes", {}, state.csrf);
  byId("codes").replaceChildren(...recoveryCodes.map((code) => line(code)));
  await load();
}

async function signOut() {
  await send("/api/staff/sign-out", {}, state.csrf);
  location.assign("/sign-in");
}

await load();
