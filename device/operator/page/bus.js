import { call, run } from "./call.js";
import { say, timeOf } from "./words.js";

const byId = (id) => document.getElementById(id);
const lookAgainMs = 2_000;

function tapOf({ tap, at }) {
  const made = document.createElement("li");
  const label = document.createElement("label");
  label.className = "inline";
  const child = Object.assign(document.createElement("input"), { type: "checkbox", value: tap });
  label.append(child, ` ${say("child")} ${timeOf(at)}`);
  const alight = Object.assign(document.createElement("button"), {
    type: "button",
    textContent: say("alighted"),
  });
  alight.addEventListener(
    "click",
    () =>
      void run(() => call("POST", "/bus/passed", { tap, direction: "alighting" }), "alightedDone"),
  );
  made.append(label, alight);
  return made;
}

async function refresh() {
  const { position, taps } = await (await call("GET", "/bus")).json();
  byId("position").textContent = position
    ? `${position.trip}　${position.stop}（${position.stopSequence}）`
    : say("noPosition");
  const checked = new Set(
    [...byId("taps").querySelectorAll("input:checked")].map(({ value }) => value),
  );
  byId("taps").replaceChildren(...taps.map(tapOf));
  for (const input of byId("taps").querySelectorAll("input"))
    input.checked = checked.has(input.value);
}

export function showBus() {
  byId("group").addEventListener("submit", (event) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const childTaps = [...byId("taps").querySelectorAll("input:checked")].map(({ value }) =>
      Number(value),
    );
    const count = (name) => Number(given.get(name) || 0);
    const body = {
      adults: count("adults"),
      children: count("children"),
      infants: count("infants"),
      childTaps,
    };
    void run(() => call("POST", "/bus/group", body), "cameAlongDone");
  });
  void run(refresh);
  setInterval(() => void refresh().catch(() => undefined), lookAgainMs);
  return refresh;
}
