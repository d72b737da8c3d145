// The live page: reads the gateway's own API, and follows the stream of entries.
const rowsMax = 200;
const quarantineRowsMax = 20;
const refreshMs = 2_000;
const services = [
  { name: "bus.boarding", label: "バス乗車 Bus boarding" },
  { name: "school.attendance", label: "登校 School attendance" },
  { name: "shelter.check-in", label: "避難所 Shelter" },
];
const outcomes = {
  admit: "✓ 通過 Admitted",
  refuse: "✕ 不可 Refused",
  "ask-card": "▢ カード Card asked",
};

const byId = (id) => document.getElementById(id);
const clock = new Intl.DateTimeFormat("ja-JP", { dateStyle: "short", timeStyle: "medium" });
const time = (at) => (at ? clock.format(at) : "—");

/** An element with text, never with markup: what a box sends is shown, not run. */
function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

async function read(path) {
  const answer = await fetch(path, { signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return await answer.json();
}

/** What was really used, as the event has it; a program in place of a card is never shown as one. */
function factorOf({ evidence }) {
  const card = evidence.find(({ kind }) => kind === "card");
  if (!card) return "";
  const factor = card.stepUp.factor === "pin" ? "カード+暗証番号 card+PIN" : "カード card";
  return card.virtual ? `${factor}（試用 trial）` : factor;
}

/** Outcome, its class and the reason. A step-up that did not hold admitted nobody. */
function describe(body, refusal) {
  if (body.type !== "decision.made") return [body.type, "", body.state ?? body.version ?? ""];
  if (refusal) return ["✕ 証明なし Not proved", "refuse", refusal];
  const why = [body.reason, body.cardRefusal, factorOf(body)].filter(Boolean).join(" · ");
  return [outcomes[body.outcome], body.outcome, why];
}

function eventRow({ index, event, refusal }) {
  const { body } = event;
  const row = document.createElement("tr");
  const [outcome, look, why] = describe(body, refusal);
  row.append(
    element("td", index),
    element("td", time(event.at)),
    element("td", event.device),
    element("td", outcome, look),
    element("td", why),
    element("td", body.person ? `${body.person.slice(0, 8)}…` : "—"),
  );
  return row;
}

const shown = { index: 0 };

function addEvents(items) {
  const table = byId("events");
  for (const item of items) {
    if (item.index <= shown.index) continue;
    shown.index = item.index;
    table.prepend(eventRow(item));
  }
  while (table.rows.length > rowsMax) table.lastElementChild.remove();
  byId("events-empty").classList.toggle("hidden", table.rows.length > 0);
}

/** Everything after what is shown; at first only the newest rows. */
async function catchUp() {
  const { count } = await read("/api/events?limit=1");
  if (count < shown.index) {
    shown.index = 0; // Another ledger than before.
    byId("events").replaceChildren();
  }
  const from = Math.max(shown.index, count - rowsMax);
  addEvents((await read(`/api/events?after=${from}&limit=${rowsMax}`)).events);
}

function stateOf({ silent, connected, health }) {
  if (silent) return "○ 応答なし Silent";
  if (health?.refusal) return `▲ 拒否 ${health.refusal}`;
  return connected === false ? "△ 切断 Away" : "● 正常 Well";
}

function deviceRow({ device, silent, connected, health, lastHeardAt }) {
  const row = document.createElement("tr");
  const state = stateOf({ silent, connected, health });
  row.append(
    element("td", device),
    element("td", state, state.startsWith("●") ? "admit" : "silent"),
    element("td", health?.service ?? "—"),
    element("td", health ? `${health.sourceState} ${health.framesPerSecond.toFixed(1)}/s` : "—"),
    element("td", health?.outboxDepth ?? "—"),
    element("td", time(lastHeardAt)),
  );
  return row;
}

function quarantineRow({ receivedAt, device, code, times }) {
  const row = document.createElement("tr");
  row.append(
    element("td", time(receivedAt)),
    element("td", device),
    element("td", code, "refuse"),
    element("td", times),
  );
  return row;
}

function describeView(name, view) {
  if (name === "bus.boarding") {
    const devices = view.days[0]?.devices ?? [];
    return [devices.reduce((sum, each) => sum + each.boarded, 0), "乗車 boarded today"];
  }
  if (name === "school.attendance")
    return [view.days[0]?.arrivals.length ?? 0, "登校 arrived today"];
  return [view.present.length, "避難 people present"];
}

async function refresh() {
  const { devices } = await read("/api/devices");
  byId("devices").replaceChildren(...devices.map(deviceRow));
  byId("devices-empty").classList.toggle("hidden", devices.length > 0);
  const { count } = await read("/api/events?limit=1");
  const { refused } = await read("/api/quarantine?limit=1000");
  byId("quarantine").replaceChildren(...refused.slice(0, quarantineRowsMax).map(quarantineRow));
  byId("quarantine-empty").classList.toggle("hidden", refused.length > 0);
  const numbers = [
    ["台帳 Ledger entries", count],
    ["端末 Boxes", devices.length],
    ["応答なし Silent boxes", devices.filter((device) => device.silent).length],
    ["隔離 Quarantined", refused.length],
  ];
  byId("numbers").replaceChildren(
    ...numbers.map(([label, value]) => {
      const pair = document.createElement("div");
      pair.append(element("dt", label), element("dd", value));
      return pair;
    }),
  );
  const views = await Promise.all(
    services.map(async ({ name, label }) => {
      const [value, unit] = describeView(name, (await read(`/api/views/${name}`)).view);
      const card = document.createElement("article");
      card.append(element("h3", label), element("dd", value), element("p", unit));
      return card;
    }),
  );
  byId("views").replaceChildren(...views);
}

function connected(live) {
  byId("connection").classList.toggle("live", live);
  byId("connection").textContent = live ? "接続済み Live" : "再接続中 Reconnecting";
}

function follow() {
  const stream = new EventSource("/api/events/stream");
  stream.addEventListener("hello", () => {
    connected(true);
    void catchUp().catch(() => connected(false));
  });
  stream.addEventListener("entry", (message) => {
    const item = JSON.parse(message.data);
    if (item.index === shown.index + 1) addEvents([item]);
    else void catchUp().catch(() => connected(false));
  });
  stream.addEventListener("error", () => connected(false)); // The browser connects again by itself.
}

async function keepFresh() {
  for (;;) {
    await refresh().catch(() => connected(false));
    await new Promise((resolve) => setTimeout(resolve, refreshMs));
  }
}

byId("verify").addEventListener("click", async () => {
  byId("verdict").textContent = "検証中 Verifying…";
  const verdict = await read("/api/ledger/verify").catch(() => undefined);
  byId("verdict").textContent = !verdict
    ? "検証できません Not available"
    : verdict.intact
      ? `✓ 正常 Intact: ${verdict.entries}`
      : `✕ 異常 Broken at ${verdict.index}: ${verdict.message}`;
});

follow();
void keepFresh();
