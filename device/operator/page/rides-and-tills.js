import { call, run } from "./call.js";
import { has, language, say } from "./words.js";

const byId = (id) => document.getElementById(id);
const lookAgainMs = 2_000;

function item(text) {
  const made = document.createElement("li");
  made.textContent = text;
  return made;
}

function paid({ subsidyYen, leftToday, leftThisYear, why }) {
  const known = `why_${why}`;
  if (why) return say("noSubsidy", { why: has(known) ? say(known) : why });
  return say("subsidy", { yen: subsidyYen, day: leftToday, year: leftThisYear });
}

export function showTaxi() {
  const fare = () => ({ fareYen: Number(new FormData(byId("fare")).get("fareYen")) });
  const show = async (answer) => {
    const { riders } = await answer.json();
    byId("pays").replaceChildren(...riders.map((rider) => item(paid(rider))));
  };
  const refresh = async () => {
    const { riding } = await (await call("GET", "/taxi")).json();
    const line = (one, i) =>
      say("rider", {
        number: i + 1,
        what: one.subsidised ? say("subsidised") : paid({ why: one.why }),
      });
    byId("riding").replaceChildren(...riding.map((one, i) => item(line(one, i))));
  };
  byId("quote").addEventListener(
    "click",
    () => void run(async () => show(await call("POST", "/taxi/quote", fare()))),
  );
  byId("fare").addEventListener("submit", (event) => {
    event.preventDefault();
    void run(async () => show(await call("POST", "/taxi/fare", fare())), "rideEnded").then(refresh);
  });
  void run(refresh);
  setInterval(() => void refresh().catch(() => undefined), lookAgainMs);
  return refresh;
}

export function showTickets() {
  const refresh = async () => {
    const { performance, listUntil, tickets, entered } = await (
      await call("GET", "/tickets")
    ).json();
    const until = listUntil ? new Date(listUntil).toLocaleString(language()) : "";
    byId("entry").textContent = performance
      ? say("entered", { performance, entered, tickets, until })
      : say("noList");
  };
  void run(refresh);
  setInterval(() => void refresh().catch(() => undefined), lookAgainMs);
  return refresh;
}

export function showPayment() {
  let reference;
  const show = ({ state, alternative, reason }) => {
    const words = alternative?.words;
    byId("paid").textContent = [say(`state_${state}`), reason, words?.[language()] ?? words?.ja]
      .filter(Boolean)
      .join("　");
    return state === "waiting";
  };
  byId("pay").addEventListener("submit", (event) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    reference = given.get("reference").toString();
    const asked = { reference, amountYen: Number(given.get("amountYen")) };
    void run(async () => {
      let waits = show(await (await call("POST", "/payments", asked)).json());
      while (waits) waits = show(await (await call("GET", `/payments/${reference}?wait=5`)).json());
    });
  });
  byId("pay-cancel").addEventListener(
    "click",
    () =>
      void run(async () => {
        if (reference) show(await (await call("DELETE", `/payments/${reference}`)).json());
      }),
  );
}
