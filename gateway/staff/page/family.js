// A family asks where somebody is. Whatever the reason is for which nothing may be said, it is said alike.
import { attempt, makePasskey, Refusal, send, showPasskey } from "./passkey.js";
import { languageTag, offerLanguages, say, write, writeWords } from "./words.js";

const byId = (id) => document.getElementById(id);
const state = { csrf: undefined };

offerLanguages(byId("language"));
writeWords();
byId("sign-in").addEventListener("click", () => attempt(byId("sign-in"), signIn));
byId("begin").addEventListener("submit", (event) => {
  event.preventDefault();
  void attempt(byId("make"), begin);
});
byId("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  byId("answer").replaceChildren();
  void attempt(byId("send"), ask);
});
byId("sign-out").addEventListener("click", () => attempt(byId("sign-out"), signOut));
await start();

async function start() {
  const answer = await fetch("/api/family/me");
  const { csrf, isGuardian } = answer.ok ? await answer.json() : {};
  show(csrf, isGuardian === true);
  if (isGuardian) await attempt(byId("sign-out"), listWards);
}

/** What belongs to nobody who is signed in, to a guardian, or to a family that asks after evacuees. */
function show(csrf, isGuardian = false) {
  state.csrf = csrf;
  byId("entry").hidden = csrf !== undefined;
  byId("asking").hidden = csrf === undefined || isGuardian;
  byId("wards").hidden = csrf === undefined || !isGuardian;
  byId("leave").hidden = csrf === undefined;
  for (const id of ["answer", "ward", "ward-buttons"]) byId(id).replaceChildren();
  if (csrf === undefined) byId("sign-in").focus();
  else if (!isGuardian) byId("kana").focus();
}

async function signIn() {
  const { ticket, options } = await send("/api/family/sign-in/options", {});
  const response = await showPasskey(options);
  await send("/api/family/sign-in", { ticket, response });
  await start();
}

async function begin() {
  const { ticket, options } = await send("/api/family/begin/options", { code: byId("code").value });
  const response = await makePasskey(options);
  await send("/api/family/begin", { ticket, response });
  await start();
}

/** A button for each child: a look is written down, so none happens by itself. */
async function listWards() {
  const { wards } = await send("/api/family/wards", {}, state.csrf);
  byId("ward-buttons").replaceChildren(
    ...wards.map(({ ward, name }) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = name;
      button.addEventListener("click", () => attempt(button, () => lookAt(ward, name)));
      return button;
    }),
  );
  if (wards.length === 0) tellWard([say("noWards")]);
  byId("ward-buttons").querySelector("button")?.focus();
}

async function lookAt(ward, name) {
  const { days, sightings, keptHours } = await send("/api/family/ward", { ward }, state.csrf);
  const time = new Intl.DateTimeFormat(languageTag(), { hour: "2-digit", minute: "2-digit" });
  const at = (word, when) => (when === null ? [] : [`${say(word)} ${time.format(when)}`]);
  const ofDay = days.flatMap(({ arrivedAt, leftAt }) => [
    ...at("arrivedAt", arrivedAt),
    ...at("leftAt", leftAt),
  ]);
  const onTheWay = sightings.map(({ at: when, place }) =>
    [time.format(when), place ?? say("somePlace")].join(" "),
  );
  tellWard([
    name,
    ...(ofDay.length > 0 ? ofDay : [say("notSeenToday")]),
    ...(onTheWay.length > 0 ? [say("seenOnTheWay"), ...onTheWay] : [say("notSeenOnTheWay")]),
    say("keptFor").replace("{hours}", keptHours),
  ]);
}

function tellWard(lines) {
  byId("ward").replaceChildren(
    ...lines.map((text, place) => {
      const line = document.createElement("p");
      write(line, text);
      if (place === 0) line.className = "strong";
      return line;
    }),
  );
}

async function ask() {
  const [year, month, day] = ["year", "month", "day"].map((id) => byId(id).value.padStart(2, "0"));
  const about = { kana: byId("kana").value, birthDate: `${year}-${month}-${day}` };
  try {
    tell(await send("/api/family/ask", about, state.csrf));
  } catch (error) {
    if (error instanceof Refusal && error.code === "SESSION_ENDED") show(undefined);
    throw error;
  }
}

async function signOut() {
  await send("/api/family/sign-out", {}, state.csrf);
  byId("ask").reset();
  show(undefined);
}

function tell(found) {
  const lines =
    found.answer === "safe"
      ? found.at.map(({ label, lastSeenAt, expected }) => {
          const when = new Intl.DateTimeFormat(languageTag(), {
            dateStyle: "long",
            timeStyle: "short",
          });
          const where = label || say("someShelter");
          return [say(expected ? "onTheWay" : "safeAt"), where, when.format(lastSeenAt)].join(" ");
        })
      : [say("notFound"), say("notFoundMeans")];
  byId("answer").replaceChildren(
    ...lines.map((text, place) => {
      const line = document.createElement("p");
      write(line, text);
      if (place === 0 || found.answer === "safe") line.className = "strong";
      return line;
    }),
  );
}
