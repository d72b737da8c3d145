import { call, run } from "./call.js";
import { has, language, say } from "./words.js";

/** Enrolment at the counter: the clerk reads the consents out, the person looks and signs, the clerk answers what is asked. */
/** The kiosk's own words, so that clerk and person read the same hint; they lie on the same server. */
const wordsAt = (name) => `/words/${name}.js`;
const kioskWords = { ...(await import(wordsAt("ja"))), ...(await import(wordsAt("en"))) };
const byId = (id) => document.getElementById(id);
const lookAgainMs = 700;
let wasRunning = false;

/** What a rate promises, in words: one stranger in so many resembles as much, or fewer. */
function odds(rate) {
  if (rate >= 0.5) return say("oddsAlike");
  const people = 1 / rate;
  const digit = 10 ** Math.floor(Math.log10(people));
  const rounded = Math.floor(people / digit) * digit;
  return say("odds", { pairs: rounded.toLocaleString(language()) });
}

function questionText({ about, name, falseMatchRate }) {
  const told = { odds: odds(falseMatchRate), name: name ?? say("namelessHere") };
  return say(about === "photograph" ? "askPhotograph" : "askSame", told);
}

function showQuestion(question) {
  byId("counter-question").hidden = question === undefined;
  if (!question) return;
  byId("counter-asked").textContent = questionText(question);
}

function stepText({ step, progress, ended, later }) {
  if (step === "pictures" && progress) {
    return `${kioskWords[language()].hints[progress.hint].title}（${progress.taken}/${progress.wanted}）`;
  }
  if (step !== "idle" || !ended) return say(`step_${step}`);
  if (ended.ok && later) return say("agreedOnly");
  if (ended.ok) return say(ended.renewed ? "renewed" : "enrolled");
  const known = `fail_${ended.code}`;
  return has(known) ? say(known) : say("failed", { code: ended.code });
}

async function refresh() {
  const view = await (await call("GET", "/enrolment")).json();
  const isRunning = view.step !== "idle";
  byId("counter-step").textContent = stepText(view);
  byId("counter").hidden = isRunning;
  byId("counter-cancel").hidden = !isRunning;
  showQuestion(view.question);
  if (wasRunning && !isRunning) {
    byId("counter").reset();
    await showConsents();
    await showFallen();
  }
  wasRunning = isRunning;
}

/** Until when a guardian may sign, by what the clerk has typed: a court's day before a birth date. */
function guardianship() {
  const [lastDay, birthDate] = [byId("counter-court").value, byId("counter-birth").value];
  if (lastDay !== "") return { lastDay };
  return birthDate === "" ? undefined : { birthDate };
}

function guardianOf(given) {
  const why = guardianship();
  if (!given.has("guardian") || why === undefined) return {};
  const textPin = given.get("textPin").toString();
  const ward = given.has("wardCard") ? "card" : "enrolled";
  return { guardian: { why, ward, ...(textPin === "" ? {} : { textPin }) } };
}

/** The words as the card will sign them; nothing is ticked beforehand. */
async function showConsents() {
  const isGuardian = byId("counter-guardian").checked;
  byId("counter-ward").hidden = !isGuardian;
  const why = isGuardian ? guardianship() : {};
  // Without a day nobody knows how long a guardian may sign, so there is nothing to read out yet.
  byId("counter-consents").hidden = why === undefined;
  if (why === undefined) return byId("counter-consents").replaceChildren();
  const query = new URLSearchParams(why).toString();
  const path = query === "" ? "/enrolment/consents" : `/enrolment/consents?${query}`;
  const { consents } = await (await call("GET", path)).json();
  byId("counter-signed").hidden = consents.length === 0;
  byId("counter-trial").hidden = consents.length > 0;
  byId("counter-told").required = consents.length === 0;
  byId("counter-consents").replaceChildren(
    ...consents.map(({ service, name, words }) => {
      const item = document.createElement("div");
      const text = document.createElement("p");
      text.className = "read-out";
      // What the card signs is this text; no other language is read out in its place.
      text.lang = "ja";
      text.textContent = words.ja;
      const label = document.createElement("label");
      label.className = "inline";
      const input = Object.assign(document.createElement("input"), {
        ...{ type: "checkbox", name: "service", value: service },
      });
      label.append(input, ` ${say("consented", { service: name[language()] ?? name.ja })}`);
      item.append(text, label);
      return item;
    }),
  );
}

/** For the clerk alone: the door says nothing of it to anybody. */
async function showFallen() {
  const { people } = await (await call("GET", "/enrolment/fallen")).json();
  byId("fallen").hidden = people.length === 0;
  byId("fallen-people").replaceChildren(
    ...people.map(({ name }) => {
      const item = document.createElement("li");
      item.textContent = name ?? say("namelessHere");
      return item;
    }),
  );
}

function requestOf(form) {
  const given = new FormData(form);
  const numberB = given.get("numberB").toString().replace(/\D/g, "");
  return {
    name: given.get("name").toString().trim(),
    services: given.getAll("service").map(String),
    consent: true,
    ...(numberB === "" ? {} : { numberB }),
    ...(given.has("later") ? { later: true } : {}),
    ...guardianOf(given),
  };
}

export function showEnrolment() {
  byId("counter").addEventListener("submit", (event) => {
    event.preventDefault();
    const request = requestOf(event.currentTarget);
    byId("counter-number").value = "";
    byId("counter-text-pin").value = "";
    void run(async () => {
      await call("POST", "/enrolment", request);
      await refresh();
    });
  });
  for (const answer of ["same", "different", "again"]) {
    byId(`counter-${answer}`).addEventListener("click", () =>
      run(async () => {
        await call("POST", "/enrolment/answer", { answer });
        await refresh();
      }),
    );
  }
  for (const id of ["counter-guardian", "counter-birth", "counter-court"]) {
    byId(id).addEventListener("change", () => {
      byId("counter-consents").replaceChildren();
      void run(showConsents);
    });
  }
  byId("counter-cancel").addEventListener("click", () =>
    run(() => call("POST", "/enrolment/cancel")),
  );
  void run(showConsents).then(() => run(showFallen));
  setInterval(() => void refresh().catch(() => undefined), lookAgainMs);
  return () => Promise.all([showConsents(), showFallen(), refresh()]);
}
