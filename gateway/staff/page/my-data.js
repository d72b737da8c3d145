// People look after their own consents and data. Whom a request is about is the session's own, never the page's.
import { attempt, makePasskey, Refusal, send, showPasskey } from "./passkey.js";
import { language, languageTag, offerLanguages, say, write, writeWords } from "./words.js";

const byId = (id) => document.getElementById(id);
const state = { csrf: undefined, consents: [], asked: undefined };
/** A deletion goes on by itself: whoever waits for it sees how far it is. */
const lookEveryMs = 3_000;
const standings = {
  standing: "my_standing",
  "not-begun": "my_not-begun",
  withdrawn: "my_withdrawn",
  expired: "my_expired",
  refused: "my_refused",
};

offerLanguages(byId("language"), () => draw());
writeWords();
byId("sign-in").addEventListener("click", () => attempt(byId("sign-in"), signIn));
byId("begin").addEventListener("submit", (event) => {
  event.preventDefault();
  void attempt(byId("make"), begin);
});
byId("ask").addEventListener("click", () => attempt(byId("ask"), askForOwnData));
byId("print").addEventListener("click", () => window.print());
byId("sign-out").addEventListener("click", () => attempt(byId("sign-out"), signOut));
await start();
setInterval(() => void lookAgain(), lookEveryMs);

async function start() {
  const answer = await fetch("/api/resident/me");
  await show(answer.ok ? (await answer.json()).csrf : undefined);
}

async function show(csrf) {
  state.csrf = csrf;
  state.asked = undefined;
  byId("entry").hidden = csrf !== undefined;
  byId("mine").hidden = csrf === undefined;
  for (const id of ["sheet", "print"]) byId(id).hidden = true;
  byId("sheet").textContent = "";
  state.consents = [];
  if (csrf !== undefined) await look();
  else draw();
  byId(csrf === undefined ? "sign-in" : "ask").focus();
}

async function signIn() {
  const { ticket, options } = await send("/api/resident/sign-in/options", {});
  const response = await showPasskey(options);
  await show((await send("/api/resident/sign-in", { ticket, response })).csrf);
}

async function begin() {
  const code = byId("code").value;
  const { ticket, options } = await send("/api/resident/begin/options", { code });
  const response = await makePasskey(options);
  await show((await send("/api/resident/begin", { ticket, response })).csrf);
}

async function signOut() {
  await send("/api/resident/sign-out", {}, state.csrf);
  await show(undefined);
}

/** Nobody stays signed in by leaving the page open: looking by itself is no use of the session. */
async function look(isByItself = false) {
  const headers = isByItself ? { "x-tebura-background": "1" } : {};
  const answer = await fetch("/api/resident/consents", { headers });
  if (answer.status === 401) return await show(undefined);
  if (!answer.ok) return;
  const { consents } = await answer.json();
  if (JSON.stringify(consents) === JSON.stringify(state.consents)) return;
  state.consents = consents;
  draw();
}

async function lookAgain() {
  const waits = state.consents.some(({ deletion }) => deletion && !deletion.certified);
  if (state.csrf !== undefined && waits) await look(true).catch(() => undefined);
}

/** Ends the session's own view where the gateway says that the session is over. */
async function act(path, body) {
  try {
    return await send(path, body, state.csrf);
  } catch (error) {
    if (error instanceof Refusal && error.code === "SESSION_ENDED") await show(undefined);
    throw error;
  }
}

async function askForOwnData() {
  const { sheet } = await act("/api/resident/own-data", {});
  byId("sheet").textContent = sheet;
  for (const id of ["sheet", "print"]) byId(id).hidden = false;
  byId("sheet").focus();
}

async function withdraw(service) {
  await act("/api/resident/withdraw", { service });
  state.asked = undefined;
  await look();
}

/** The certificate is a page of its own, to keep or print; it opens nothing and runs nothing here. */
async function keepCertificate(service) {
  const { html } = await act("/api/resident/certificate", { service });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([html], { type: "text/html" }));
  link.download = `certificate-${service}.html`;
  link.click();
  URL.revokeObjectURL(link.href);
}

function draw() {
  byId("none").hidden = state.consents.length > 0;
  byId("consents").replaceChildren(...state.consents.map(line));
}

function line(consent) {
  const item = document.createElement("li");
  item.dataset.service = consent.service;
  item.append(words(consent), ...buttons(consent));
  return item;
}

function words({ name: names, state: standing, until, endedAt, askAnew, deletion }) {
  const day = new Intl.DateTimeFormat(languageTag(), { dateStyle: "long" });
  const lines = [say(standings[standing])];
  if (standing === "standing") lines.push(`${say("myUntil")} ${day.format(until)}`);
  if (endedAt !== null) lines.push(`${say("myEnded")} ${day.format(endedAt)}`);
  if (askAnew) lines.push(say("myAskAnew"));
  if (deletion) lines.push(`${say("myGone")} ${deletion.gone} / ${deletion.of}`);
  const text = document.createElement("span");
  const name = document.createElement("strong");
  name.textContent = names[language() === "easy" ? "ja-easy" : language()];
  const told = document.createElement("span");
  write(told, lines.join(" · "));
  text.append(name, document.createElement("br"), told);
  return text;
}

function buttons({ service, state: standing, deletion }) {
  if (standing === "standing" && state.asked !== service) {
    return [button("myWithdraw", () => ask(service))];
  }
  if (standing === "standing") {
    const sure = button("mySure", (self) => attempt(self, () => withdraw(service)));
    return [sure, button("myKeep", () => ask(undefined))];
  }
  if (!deletion?.certified) return [];
  return [button("myCertificate", (self) => attempt(self, () => keepCertificate(service)))];
}

/** What cannot be undone is asked once more, in the same place and without a window. */
function ask(service) {
  state.asked = service;
  draw();
  document.querySelector("#consents button")?.focus();
}

function button(word, run) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "quiet";
  write(made, say(word));
  made.addEventListener("click", () => run(made));
  return made;
}
