import { afterAll, beforeAll, expect, test } from "vitest";
import type { Pseudonym } from "#contract/ids.ts";
import { type Service, serviceNames } from "#contract/services.ts";
import { placed } from "#gateway/ledger/placed.ts";
import { askWithKey } from "#test/support/api-key.ts";
import {
  day,
  guarded,
  month,
  now,
  open,
  type ProtectedCity,
  protectedCity,
  refuge,
} from "./protected-city.ts";
import { face } from "./service-events.ts";

let place: ProtectedCity;

beforeAll(async () => {
  place = await protectedCity();
  const entry = {
    shelter: "gym",
    details: { ...refuge, birthDate: "1990-01-01" },
    protected: true,
  };
  const made = await post("/api/shelter/entries", entry);
  expect(made.status).toBe(200);
});

afterAll(async () => await place?.[Symbol.asyncDispose]());

async function post(path: string, body: object, headers: Record<string, string> = {}) {
  const ask = askWithKey(place.httpUrl, place.gateway.apiKeys);
  return await ask(path, {
    ...{ method: "POST", body: JSON.stringify(body) },
    headers: { "content-type": "application/json", ...headers },
  });
}

async function answerTo(path: string, body?: object, headers: Record<string, string> = {}) {
  const ask = askWithKey(place.httpUrl, place.gateway.apiKeys);
  const answer = body ? await post(path, body, headers) : await ask(path, { headers });
  return { status: answer.status, text: await answer.text() };
}

/** Everything by which somebody could be told: words of the registry, and each service's name. */
function marksOf({ reference, name, kana, address, phone }: typeof open | typeof guarded) {
  const services = serviceNames.map((service) => place.nameOf(reference, service));
  const id = place.gateway.persons.idOf(reference) as string;
  return [reference, name, kana, address, phone, id, ...services];
}

/** A text, and what signed events in it say. */
function opened(text: string): string {
  const payloads = [...text.matchAll(/[\w-]+\.([\w-]{30,})\.[\w-]{20,}/g)].map(([, payload]) =>
    Buffer.from(payload ?? "", "base64url").toString("utf8"),
  );
  return [text, ...payloads].join("\n");
}

const marksIn = (text: string, marks: readonly string[]) =>
  marks.filter((mark) => opened(text).includes(mark));

/** Every question about people, and whether the one who is not under protection must be in the answer. */
function questions() {
  const attendance = `class=C-1&day=${day}`;
  const get: readonly (readonly [string, boolean])[] = [
    ["/api/events?limit=1000", true],
    ...["bus.boarding", "school.attendance", "school.register", "school.route-watch"].map(
      (name) => [`/api/views/${name}`, false] as const,
    ),
    ["/api/views/shelter.check-in", true],
    ["/api/views/taxi.subsidised-ride", true],
    ["/api/views/taxi.claims", false],
    ["/api/views/taxi.bookings", true],
    ["/api/views/medical.reception", true],
    ["/api/views/medical.consent", false],
    ["/api/views/medical.emergency", true],
    ["/api/views/event.entry", false],
    ["/api/views/payment", false],
    ...["consents", "galleries", "mandates", "trials", "activity"].map(
      (name) => [`/api/views/${name}`, false] as const,
    ),
    ["/api/audit", false],
    ["/api/devices", false],
    ["/api/quarantine", false],
    ["/api/galleries", false],
    ["/api/bus/days", false],
    ...["rides.csv", "passenger_events.csv", "fare_transactions.csv"].map(
      (file) => [`/api/bus/days/${day}/${file}`, false] as const,
    ),
    ["/api/taxi/bookings", true],
    ["/api/taxi/matters", false],
    ["/api/taxi/matters.csv", false],
    [`/api/taxi/claims.csv?company=C-1&month=${month}`, false],
    [`/api/medical/queue.csv?clinic=clinic-1&day=${day}`, true],
    ["/api/medical/notices-owed.csv", true],
    ["/api/tickets/entries.csv?performance=hall-1", false],
    ["/api/payments.csv?merchant=shop-1", false],
    ["/api/school/classes", false],
    [`/api/school/attendance?${attendance}`, true],
    [`/api/school/attendance.csv?${attendance}`, true],
    [`/api/school/attendance.html?${attendance}`, true],
    [`/api/school/month?class=C-1&month=${month}`, true],
    [`/api/school/month.csv?class=C-1&month=${month}`, true],
    [`/api/school/month.html?class=C-1&month=${month}`, true],
    [`/api/school/notices?${attendance}`, false],
    ["/api/shelter/evacuees", true],
    ["/api/shelter/evacuees.csv", true],
    ["/api/shelter/evacuees.html", false],
    ["/api/shelter/duplicates", false],
    ["/api/shelter/sightings", false],
    ["/api/shelter/sites", false],
    ["/api/policy", false],
    ["/metrics", false],
  ];
  const proofs = Array.from({ length: place.gateway.ledger.count }, (_, at) => at + 1);
  return { get, proofs };
}

const none = { ...{ reference: "R-NOBODY" } };
/** A question about somebody by name: what it is for the one under protection, and for nobody at all. */
function questionsAbout(of: { reference: string }) {
  const fake = Buffer.alloc(16, 3).toString("base64url") as Pseudonym;
  const me = (service: Service) => (of === none ? fake : place.nameOf(of.reference, service));
  const { reference } = of;
  const words = of === none ? { name: "誰も いない", birthDate: "2015-05-05" } : guarded;
  const { name, birthDate } = words;
  const key = { service: "bus.boarding", person: me("bus.boarding") };
  const why = "counter";
  const fields = ["name", "address"];
  return [
    ["/api/registry/persons/find", { query: { by: "reference", reference }, fields, why }],
    ["/api/registry/persons/find", { query: { by: "name", name, birthDate }, fields, why }],
    ["/api/registry/ties/guardians", { reference, why }],
    ["/api/registry/ties/entitlements", { reference, why }],
    ["/api/registry/persons/ties", { reference, why }],
    ["/api/registry/persons/consents", { reference, why }],
    ["/api/consents/show", key],
    ["/api/consents/deletion", key],
    ["/api/consents/certificate", key],
    ["/api/consents/certificate-page", key],
    ["/api/proxies/show", key],
    ["/api/taxi/balance", { person: me("taxi.subsidised-ride") }],
    [
      "/api/medical/consents/check",
      { person: me("medical.reception"), clinic: "clinic-1", category: "insurance" },
    ],
    ["/api/own-data", { reference, form: "sheet" }],
    ["/api/own-data", { reference, form: "json" }],
    ["/api/school/ward/day", { guardian: "R-OPEN", ward: reference, day }],
  ] as const;
}

/** About others, but with somebody under protection somewhere in the answer. */
const besides = [
  ["/api/registry/ties/class", { reference: "C-1", why: "counter" }],
  ["/api/registry/ties/household", { reference: "H-1", why: "counter" }],
  ["/api/registry/ties/wards", { reference: "R-OPEN", why: "counter" }],
  ["/api/tickets/box-office-list", { performance: "hall-1" }],
  ["/api/payments/find", { merchant: "shop-1", reference: "P-c" }],
] as const;

test("nobody under protection is in any list, export, view, sheet or proof; whoever is not, is", async () => {
  const marks = [...marksOf(guarded), refuge.name, refuge.kana];
  const { get, proofs } = questions();
  for (const [path, showsOthers] of get) {
    const { status, text } = await answerTo(path);
    expect(`${path} ${status}`).toMatch(/ 200$/);
    expect(`${path} ${marksIn(text, marks)}`).toBe(`${path} `);
    if (showsOthers) expect(`${path} ${marksIn(text, marksOf(open)).length}`).not.toMatch(/ 0$/);
  }
  let hiddenProofs = 0;
  for (const index of proofs) {
    const { status, text } = await answerTo(`/api/ledger/proof?index=${index}`);
    expect(`${index} ${marksIn(text, marks)}`).toBe(`${index} `);
    if (status === 404) hiddenProofs += 1;
  }
  expect(hiddenProofs).toBeGreaterThan(serviceNames.length);
  for (const [path, body] of besides) {
    const { text } = await answerTo(path, body);
    expect(`${path} ${marksIn(text, marks)}`).toBe(`${path} `);
  }
});

test("whoever asks for them by name is answered as for nobody, to the letter", async () => {
  const [asked, missing] = [questionsAbout(guarded), questionsAbout(none)];
  for (const [at, [path, body]] of asked.entries()) {
    const [, otherBody] = missing[at]!;
    const [mine, theirs] = [await answerTo(path, body), await answerTo(path, otherBody)];
    const plain = (text: string, of: { reference: string }) =>
      (of === none ? [none.reference] : marksOf(guarded)).reduce(
        (left, mark) => left.replaceAll(mark, "…"),
        text,
      );
    expect(`${path} ${mine.status} ${plain(mine.text, guarded)}`).toBe(
      `${path} ${theirs.status} ${plain(theirs.text, none)}`,
    );
  }
});

test("with the right and a reason they are shown, and each look is in the ledger before", async () => {
  const headers = { "x-tebura-reason": "evacuee-list" };
  const counter = place.nameOf(guarded.reference, "counter");
  const looks = () =>
    place.gateway.ledger
      .after(0, 100_000)
      .map((entry) => placed(entry).event.body)
      .filter((body) => body.type === "registry.looked" && body.what === "answer");
  for (const [path, by] of [
    ["/api/shelter/evacuees", "shelter-evacuees"],
    ["/api/shelter/evacuees.csv", "shelter-evacuees-csv"],
    [`/api/school/attendance.html?class=C-1&day=${day}`, "school-attendance-html"],
    ["/api/taxi/bookings", "taxi-bookings"],
    [`/api/medical/queue.csv?clinic=clinic-1&day=${day}`, "medical-queue-csv"],
  ]) {
    const before = looks().length;
    const { status, text } = await answerTo(path as string, undefined, headers);
    expect(`${path} ${status} ${marksIn(text, marksOf(guarded)).length}`).not.toMatch(/ 0$/);
    expect(looks().slice(before)).toMatchObject([
      { who: expect.stringMatching(/^api-key:/), why: "evacuee-list", by },
    ]);
    expect(looks().at(-1)).toMatchObject({ persons: expect.arrayContaining([counter]) });
  }
  const { text } = await answerTo("/api/shelter/evacuees", undefined, headers);
  expect(text).toContain(refuge.name);
  const own = await answerTo("/api/own-data", { reference: guarded.reference }, headers);
  expect(own.status).toBe(200);
  expect(own.text).toContain(guarded.address);
  // Only one row shows them; a list without them is no look at them.
  const count = looks().length;
  await answerTo("/api/shelter/sites", undefined, headers);
  expect(looks()).toHaveLength(count);
});

test("a reason without the right is refused, and so is a right without a known reason", async () => {
  const ask = askWithKey(place.httpUrl, place.gateway.apiKeys, ["shelter:read"]);
  const headers = { "x-tebura-reason": "evacuee-list" };
  const refused = await ask("/api/shelter/evacuees", { headers });
  expect(refused.status).toBe(403);
  expect(await refused.json()).toMatchObject({ code: "API_KEY_SCOPE" });
  const odd = await answerTo("/api/shelter/evacuees", undefined, { "x-tebura-reason": "curious" });
  expect(odd.status).toBe(400);
});

test("streams tell of others at once, and of nobody under protection, whatever the reason", async () => {
  const ask = askWithKey(place.httpUrl, place.gateway.apiKeys);
  const heard: string[] = [];
  const stop = new AbortController();
  const headers = { "x-tebura-reason": "evacuee-list" };
  const follow = async (path: string) => {
    const answer = await ask(path, { headers, signal: stop.signal });
    for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
      heard.push(Buffer.from(chunk).toString("utf8"));
    }
  };
  const following = ["/api/events/stream", "/api/live"].map((path) =>
    follow(path).catch(() => undefined),
  );
  await expect.poll(() => heard.join("").match(/event: hello/g)?.length).toBe(2);
  for (const reference of [guarded.reference, open.reference]) {
    const person = place.nameOf(reference, "payment");
    await place.say(
      {
        ...{ type: "decision.made", service: "payment", outcome: "admit", person },
        ...{ reason: "face-matched", evidence: [face] },
      },
      now - 1_000,
    );
  }
  const told = place.nameOf(open.reference, "payment");
  await expect.poll(() => heard.join(""), { timeout: 60_000 }).toContain(told);
  await expect.poll(() => heard.join("")).toContain(`"person":"${told.slice(0, 6)}"`);
  stop.abort();
  await Promise.all(following);
  const hidden = place.nameOf(guarded.reference, "payment");
  expect(heard.join("")).not.toContain(hidden);
  expect(heard.join("")).not.toContain(`"person":"${hidden.slice(0, 6)}"`);
});

test("every route of the gateway is either asked here or shows nobody", async () => {
  const { get } = questions();
  const asked = [
    ...get.map(([path]) => path),
    ...questionsAbout(guarded).map(([path]) => path),
    ...besides.map(([path]) => path),
    ...["/api/ledger/proof", "/api/events/stream", "/api/live"],
  ].map((path) => path.split("?")[0] as string);
  const covers = (route: string) =>
    asked.includes(route) ||
    asked.some((path) => new RegExp(`^${route.replace(/\{\w+\}/g, "[^/]+")}$`).test(path));
  const { paths } = JSON.parse((await answerTo("/api/openapi.json")).text) as { paths: object };
  const routes = Object.keys(paths);
  expect(routes.length).toBeGreaterThan(100);
  const missing = routes.filter((route) => !covers(route) && !showsNobody.test(route));
  expect(missing).toEqual([]);
});

/** Accounts of staff, a family's own session, what is written and answered with no more than what was sent. */
const showsNobody = new RegExp(
  `^(${[
    "/api/openapi.json|/api/map(/boxes)?|/healthz|/api/ledger/verify|/api/policy/(explain|simulate)",
    "/api/staff/.*|/api/family/.*|/api/resident/.*|/api/places|/api/galleries/.*",
    "/api/(shelter/sheet.css|school/paper(-wide)?.css|school/timetable.ics)",
    "/api/(school/calendars(/end)?|calendars/\\{token\\})",
    "/api/bus/(positions|records|feed|days/\\{day\\}/loads)|/api/consents/withdraw|/api/proxies/(appoint|dismiss)",
    "/api/medical/(calls|consents|consents/withdraw|crew|crew/dismiss|emergencies|emergencies/show)",
    "/api/medical/(notices|receptions|visit-ends)|/api/payments|/api/payments/void",
    "/api/registry/(persons/forget|(persons|classes|households|guardians|entitlements)(/csv)?)",
    "/api/school/(absences|boxes|contacts|corrections|days|early-leavings|rosters|timetables)",
    "/api/school/(timetables/csv|ward/sightings)",
    "/api/shelter/(boxes|check-ins|check-outs|duplicates/decide|entries|families|inquiries)",
    "/api/shelter/(persons/.*|sightings/settle|transfers)",
    "/api/taxi/(bookings/cancel|claims|entitlements|entitlements/revoke|matters/settle)",
    "/api/taxi/(proxies|proxies/remove|rides/correct)",
    "/api/tickets/(conflicts/settle|entries|performances|purchases|transfers)",
  ].join("|")})$`,
);
