import { call, run } from "./call.js";
import { say, timeOf } from "./words.js";

const byId = (id) => document.getElementById(id);
const lookAgainMs = 3_000;
/** Codes of needs, as the box knows them. */
let needs = [];

function cell(...parts) {
  const made = document.createElement("td");
  made.append(...parts);
  return made;
}

function button(word, work, done) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = say(word);
  made.addEventListener("click", () => void run(work, done).then(refresh));
  return made;
}

function actionsOf({ person, expected }) {
  if (expected)
    return [button("arrive", () => call("POST", "/shelter/arrive", { person }), "arrived")];
  return [
    button("leave", () => call("POST", "/shelter/leave", { person, reason: "home" }), "left"),
    button(
      "face",
      async () => {
        if (!confirm(say("faceAsk"))) return;
        await call("POST", "/shelter/face", { person, consent: true });
      },
      "faceDone",
    ),
  ];
}

/** A line of the list; `households` numbers those of which more than one person is here. */
function row(one, households) {
  const { details, since, needs: ofOne, expected, household } = one;
  const made = document.createElement("tr");
  const number = households.get(household);
  made.append(
    cell(details?.kana ?? say("noName")),
    cell(details?.name ?? ""),
    cell(number === undefined ? "" : say("householdNumber", { number })),
    cell(expected ? say("onTheWay") : timeOf(since)),
    cell(ofOne.map((need) => say(`need_${need}`)).join("・")),
    cell(...actionsOf(one)),
  );
  return made;
}

function numbered(people) {
  const counts = new Map();
  for (const { household } of people)
    if (household) counts.set(household, (counts.get(household) ?? 0) + 1);
  const shared = [...counts].filter(([, count]) => count > 1).map(([household]) => household);
  return new Map(shared.map((household, at) => [household, at + 1]));
}

function showMoved(moved) {
  byId("moved").hidden = moved.length === 0;
  byId("moved-people").replaceChildren(
    ...moved.map(({ details, label, expected, since }) => {
      const made = document.createElement("li");
      const where = say(expected ? "movedTo" : "movedAt", { label });
      made.textContent = `${details?.kana ?? say("noName")}　${where}　${timeOf(since)}`;
      return made;
    }),
  );
}

function showNeeds() {
  const box = byId("needs-list");
  const checked = new Set([...box.querySelectorAll("input:checked")].map(({ value }) => value));
  const written = [...box.querySelectorAll("label")].map(({ textContent }) => textContent.trim());
  if (written.join() === needs.map((need) => say(`need_${need}`)).join()) return;
  box.replaceChildren(
    ...needs.map((need) => {
      const label = document.createElement("label");
      label.className = "inline";
      const input = Object.assign(document.createElement("input"), {
        ...{ type: "checkbox", value: need, checked: checked.has(need) },
      });
      label.append(input, ` ${say(`need_${need}`)}`);
      return label;
    }),
  );
}

function showHouseholds(people) {
  const select = byId("household");
  const chosen = select.value;
  for (const option of [...select.options].slice(2)) option.remove();
  const seen = new Set();
  for (const { household, details } of people) {
    if (!household || seen.has(household)) continue;
    seen.add(household);
    select.add(new Option(say("householdOf", { kana: details?.kana ?? "?" }), household));
  }
  select.value = chosen;
}

async function refresh() {
  const page = await (await call("GET", "/shelter")).json();
  needs = Object.keys(page.needWords);
  showNeeds();
  showHouseholds(page.people);
  showMoved(page.moved);
  const [site] = page.shelters;
  const places = site?.capacity ?? null;
  byId("shelter-count").textContent = say("counts", {
    ...{ present: site?.present ?? 0, unidentified: site?.unidentified ?? 0 },
    ...{ expected: site?.expected ?? 0 },
    capacity: places === null ? "" : say("capacity", { capacity: places }),
  });
  byId("shelter-waiting").textContent =
    page.namesWaiting > 0 ? say("namesWaiting", { count: page.namesWaiting }) : "";
  byId("next-leaves").setAttribute("aria-pressed", String(page.leaving !== null));
  const households = numbered(page.people);
  // Whoever goes through the list with the keyboard stays where they are.
  const held = [...byId("people").querySelectorAll("button")].indexOf(document.activeElement);
  byId("people").replaceChildren(...page.people.map((one) => row(one, households)));
  if (held >= 0) byId("people").querySelectorAll("button")[held]?.focus();
}

function entryOf(form) {
  const given = new FormData(form);
  const text = (name) => given.get(name)?.toString().trim() || undefined;
  const fields = ["kana", "name", "birthDate", "sex", "address", "phone", "relation"];
  const more = ["staysIn", "house", "needsNote"];
  const details = Object.fromEntries(
    [...fields, ...more]
      .map((name) => [name, text(name)])
      .filter(([, value]) => value !== undefined),
  );
  if (text("age") !== undefined) details.age = Number(text("age"));
  if (given.get("isHouseholdHead")) details.isHouseholdHead = true;
  const chosen = [...byId("needs-list").querySelectorAll("input:checked")].map(
    ({ value }) => value,
  );
  return {
    ...{ details, needs: chosen, protected: given.get("protected") !== null },
    ...(text("household") ? { household: text("household") } : {}),
    ...(text("language") ? { language: text("language") } : {}),
  };
}

/** What the API gives needs the key, so a link alone would not do. */
async function saveCsv() {
  const blob = await (await call("GET", "/shelter/list.csv")).blob();
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = "evacuees.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** A window that is opened by the click itself, so that no browser holds it back. */
async function printList() {
  const sheet = window.open("", "_blank");
  const html = await (await call("GET", "/shelter/list.html")).text();
  sheet.document.write(html);
  sheet.document.close();
  sheet.addEventListener("load", () => sheet.print());
}

export function showShelter() {
  byId("hand").addEventListener("submit", (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    void run(async () => {
      await call("POST", "/shelter/people", entryOf(form));
      form.reset();
      form.elements.kana.focus();
      await refresh();
    }, "checkedIn");
  });
  byId("next-leaves").addEventListener("click", () => {
    const isOn = byId("next-leaves").getAttribute("aria-pressed") === "true";
    void run(() => call("POST", "/shelter/next-leaves", { reason: isOn ? null : "home" })).then(
      refresh,
    );
  });
  byId("shelter-csv").addEventListener("click", () => void run(saveCsv));
  byId("shelter-print").addEventListener("click", () => void run(printList));
  void run(refresh);
  setInterval(() => void refresh().catch(() => undefined), lookAgainMs);
  return refresh;
}
