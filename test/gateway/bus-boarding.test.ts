import { expect, test } from "vitest";
import { eventSchema } from "#contract/events.ts";
import { defaultBusConfig, parseBusConfig } from "#firmware-config/bus.ts";
import { shippedRules } from "#firmware-config/city-rules.ts";
import type { BusBoarding } from "#gateway/views/bus-boarding.ts";
import { Views } from "#gateway/views/views.ts";
import { ann, ben, cat, dan, History, timeZone } from "./bus-events.ts";

/** A bus with a door to board and a door to alight, at its first stop. */
function bus(): History {
  const history = new History();
  history.place("front", "bus-7", "boarding");
  history.place("rear", "bus-7", "alighting");
  history.halt("bus-7", -60, "A1", 1);
  return history;
}

const vehicleOf = (history: History) => history.shown().serviceDays[0]?.vehicles[0];
/** Without the operator's feed stops have no names. */
const unnamed = { fromName: null, toName: null };
const journeysOf = (history: History) => history.shown().serviceDays[0]?.journeys;

test("a ride has the stops where the vehicle stood, as origin and destination", () => {
  const history = bus();
  history.tap("front", 0, ann);
  history.halt("bus-7", 300, "A2", 2);
  history.tap("rear", 310, ann);
  expect(vehicleOf(history)).toEqual({
    ...{ vehicle: "bus-7", trip: "trip-1", stop: "A2", stopName: null, load: 0, loadMax: 1 },
    ...{ boarded: 1, alighted: 1, unexplained: 0, alightingNotSeen: 0 },
  });
  expect(journeysOf(history)).toEqual([{ from: "A1", to: "A2", people: 1, ...unnamed }]);
});

test("an alighting without a boarding is unexplained, and the load stays at nobody", () => {
  const history = bus();
  history.tap("rear", 10, ann);
  expect(vehicleOf(history)).toMatchObject({ load: 0, alighted: 1, unexplained: 1 });
});

test.each([
  { seconds: 59.999, boarded: 1, repeated: 1 },
  { seconds: 60, boarded: 2, repeated: 0 },
])("a second tap $seconds s later counts $boarded boardings in all", (expected) => {
  const { seconds, boarded, repeated } = expected;
  const history = new History();
  history.tap("box-1", 0, ann);
  history.tap("box-1", seconds, ann);
  const counts = { device: "box-1", boarded, repeated };
  expect(history.shown().days[0]?.devices[0]).toMatchObject(counts);
  expect(history.shown([...history.events].reverse()).days[0]?.devices[0]).toMatchObject(counts);
});

test("the other door sees somebody within the minute, and they have not alighted for that", () => {
  const history = bus();
  history.tap("front", 0, ann);
  history.tap("rear", 20, ann);
  expect(vehicleOf(history)).toMatchObject({ load: 1, boarded: 1, alighted: 0 });
});

test("changing over to another vehicle within the minute counts on both", () => {
  const history = bus();
  history.place("other", "bus-8", "boarding");
  history.tap("front", 0, ann);
  history.tap("other", 30, ann);
  expect(history.shown().serviceDays[0]?.vehicles.map(({ boarded }) => boarded)).toEqual([1, 1]);
});

test("whoever is seen again while the bus still stands has not boarded twice", () => {
  const history = bus();
  history.tap("front", 0, ann);
  history.tap("front", 200, ann);
  expect(vehicleOf(history)).toMatchObject({ boarded: 1, alightingNotSeen: 0 });
});

test("at a door that counts both ways whoever is aboard alights", () => {
  const history = new History();
  history.place("box", "bus-7", "either");
  history.tap("box", 0, ann);
  history.tap("box", 30, ben);
  history.tap("box", 600, ann);
  expect(vehicleOf(history)).toMatchObject({ load: 1, boarded: 2, alighted: 1, unexplained: 0 });
});

test("what the door saw of the direction overrules the box's place", () => {
  const history = bus();
  history.tap("front", 0, ann);
  const { sequence } = history.tap("front", 300, ann);
  history.say("front", 301, { type: "bus.passed", decision: sequence, direction: "alighting" });
  expect(vehicleOf(history)).toMatchObject({ load: 0, boarded: 1, alighted: 1 });
});

test("passengers whom nobody recognised are counted, and leave only as far as they boarded", () => {
  const history = bus();
  const counted = { type: "bus.counted", vehicle: "bus-7" } as const;
  history.say("front", 5, { ...counted, direction: "boarding", count: 3 });
  history.say("rear", 400, { ...counted, direction: "alighting", count: 5 });
  expect(vehicleOf(history)).toMatchObject({ load: 0, loadMax: 3, unexplained: 2 });
});

test("a trip's end empties the vehicle, and says how many left unseen", () => {
  const history = bus();
  history.tap("front", 0, ann);
  history.tap("front", 1, ben);
  history.halt("bus-7", 3_600, "A1", 1, "trip-2");
  history.tap("front", 3_610, cat);
  expect(vehicleOf(history)).toMatchObject({ load: 1, loadMax: 2, alightingNotSeen: 2 });
});

test("a group boards as one and leaves as one", () => {
  const history = bus();
  const boarding = history.tap("front", 0, ann);
  const type = "bus.group-boarded" as const;
  const group = { type, boarding, namedChildren: [] };
  history.say("front", 4, { ...group, adults: 1, children: 3, infants: 2 });
  history.halt("bus-7", 300, "A2", 2);
  expect(vehicleOf(history)).toMatchObject({ load: 7, boarded: 7 });
  // A later word about the same boarding replaces the first.
  history.say("front", 310, { ...group, adults: 0, children: 3, infants: 2 });
  expect(vehicleOf(history)).toMatchObject({ load: 6, boarded: 6 });
  history.tap("rear", 320, ann);
  expect(vehicleOf(history)).toMatchObject({ load: 0, alighted: 6 });
  expect(journeysOf(history)).toEqual([{ from: "A1", to: "A2", people: 6, ...unnamed }]);
});

test("a child with empty hands rides with its guardian, whoever of the two is seen first", () => {
  for (const childAt of [-5, 5, undefined]) {
    const history = bus();
    if (childAt !== undefined) history.tap("front", childAt, ben);
    const boarding = history.tap("front", 0, ann);
    const party = { adults: 0, children: 1, infants: 0, namedChildren: [ben] };
    history.say("front", 8, { type: "bus.group-boarded", boarding, ...party });
    expect(vehicleOf(history), `${childAt}`).toMatchObject({ load: 2, boarded: 2 });
    // 200 yen for the guardian, half of it for the child.
    expect(history.shown().serviceDays[0]?.fares.yen, `${childAt}`).toBe(300);
    history.halt("bus-7", 300, "A2", 2);
    history.tap("rear", 310, ann);
    expect(vehicleOf(history), `${childAt}`).toMatchObject({ load: 0, alighted: 2 });
  }
});

test("a group that names more children than it has fits no schema", () => {
  const history = bus();
  const boarding = history.tap("front", 0, dan);
  const party = { adults: 0, children: 1, infants: 0, namedChildren: [ann, ben] };
  history.say("front", 8, { type: "bus.group-boarded", boarding, ...party });
  const [group, ...others] = [...history.events].reverse();
  expect(eventSchema.safeParse(group).success).toBe(false);
  for (const event of others) expect(eventSchema.safeParse(event).success).toBe(true);
});

test("the last bus after midnight belongs to the day before, and the boxes' counts to the date", () => {
  const history = bus();
  const untilMidnight = 16 * 3_600;
  history.tap("front", untilMidnight - 60, ann);
  history.tap("front", untilMidnight + 120, ben);
  const { days, serviceDays } = history.shown();
  expect(serviceDays.map(({ day }) => day)).toEqual(["2026-06-01"]);
  expect(days.map(({ day }) => day)).toEqual(["2026-06-02", "2026-06-01"]);
});

test("no box speaks for a vehicle that it is not on", () => {
  const history = bus();
  history.tap("front", 0, ann);
  const forged = { vehicle: "bus-7", trip: "trip-9", stop: "Z9", stopSequence: 1 } as const;
  history.say("stranger", 10, { type: "bus.at-stop", ...forged, source: "feed" });
  const counted = { type: "bus.counted", vehicle: "bus-7", count: 50 } as const;
  history.say("stranger", 20, { ...counted, direction: "boarding" });
  expect(vehicleOf(history)).toMatchObject({ load: 1, stop: "A1", alightingNotSeen: 0 });
});

test("what only the desk may say counts from nobody else", () => {
  const history = new History();
  const body = { vehicle: "bus-9", counts: "alighting", door: "rear" } as const;
  const { device } = history.tap("box-1", 0, ann);
  history.say("box-1", -9, { type: "bus.box-placed", device, ...body });
  expect(vehicleOf(history)).toMatchObject({ vehicle: "box-1", boarded: 1 });
});

test("a word about a tap counts across the service day's edge, also after somebody looked", () => {
  const history = bus();
  const beforeThree = 19 * 3_600 - 30;
  const boarding = history.tap("front", beforeThree, ann);
  history.tap("front", beforeThree + 60, ben);
  const party = { adults: 2, children: 0, infants: 0, namedChildren: [] };
  history.say("rear", beforeThree + 40, { type: "bus.group-boarded", boarding, ...party });
  const { events } = history;
  const views = new Views(timeZone);
  for (const [at, event] of events.entries()) {
    views.apply({ index: at + 1, event, refusal: null });
    views.show("bus.boarding");
  }
  expect(views.show("bus.boarding")).toEqual(history.shown());
  const boarded = history.shown().serviceDays.map(({ vehicles }) => vehicles[0]?.boarded);
  expect(boarded).toEqual([1, 3]);
});

test("whoever boards before the vehicle first says where it is, is on that trip", () => {
  const history = new History();
  history.place("front", "bus-7", "boarding");
  history.tap("front", -120, ann);
  history.halt("bus-7", 0, "A1", 1);
  expect(vehicleOf(history)).toMatchObject({ load: 1, alightingNotSeen: 0 });
});

test("the minute, the end of a trip and the fares are an operator's to set", () => {
  const history = bus();
  history.tap("front", 0, ann);
  history.tap("rear", 70, ann);
  history.tap("front", 400, ben);
  history.halt("bus-7", 600, "A1", 1, "trip-2");
  const shown = (config: object) => {
    const views = new Views(timeZone, {
      rules: { ...shippedRules, bus: parseBusConfig(config, "bus.json") },
    });
    for (const [at, event] of history.events.entries()) {
      views.apply({ index: at + 1, event, refusal: null });
    }
    return (views.show("bus.boarding") as BusBoarding).serviceDays[0];
  };
  expect(shown({})?.vehicles).toMatchObject([{ boarded: 2, alighted: 1, load: 0 }]);
  const through = shown({ rules: { repeatWindowSeconds: 90, emptiedAtTripEnd: false } });
  expect(through?.vehicles).toMatchObject([{ boarded: 2, alighted: 0, load: 2 }]);
  const fares = defaultBusConfig.fares.map((table) => ({
    ...table,
    single: { kind: "flat", yen: 90 },
  }));
  expect(shown({ fares })?.fares.yen).toBe(180);
  expect(() => shown({ rules: { repeatWindow: 90 } })).toThrow("bus.json");
});
