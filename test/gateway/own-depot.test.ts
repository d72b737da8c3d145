import { expect, test } from "vitest";
import type { EventBody } from "#contract/events.ts";
import type { DayLoads } from "#gateway/bus/loads.ts";
import type { BusBoarding } from "#gateway/views/bus-boarding.ts";
import { systemClock } from "#runtime/clock.ts";
import { office } from "#test/support/staff-office.ts";
import { face, person } from "./service-events.ts";
import { TestDevice } from "./test-device.ts";

const service = "bus.boarding";

test("a depot's clerk sees the boardings of its own buses, and gets no other depot's by any way", async () => {
  await using place = await office();
  const { administrator, gateway, mqttUrl } = place;
  const boxes = ["bus-1", "bus-2", "bus-3"].map((id, at) => new TestDevice(id, at + 1));
  for (const [at, box] of boxes.entries()) {
    gateway.registerDevice(box.id, box.key.publicKey);
    await box.connect(mqttUrl);
    const depot = ["north", "south", undefined][at];
    if (depot) {
      const works = { service, box: box.id, place: depot, from: 0 };
      expect((await administrator.post("/api/places", works)).status).toBe(200);
    }
    const placed = {
      door: "front",
      counts: "boarding",
      device: box.id,
      vehicle: `vehicle-${at + 1}`,
    };
    const record = { type: "bus.box-placed", ...placed };
    expect((await administrator.post("/api/bus/records", record)).status).toBe(200);
    const say = async (told: object) => {
      const body = { type: "decision.made", service, evidence: [face], ...told } as EventBody;
      await box.publish(await box.next(body, { at: systemClock.wall() }));
    };
    for (const who of ["ab", "cd", "ef"][at] ?? "") {
      const rider = person(who);
      await say({ outcome: "admit", reason: "face-matched", person: rider });
    }
    await say({ outcome: "ask-card", reason: "face-unknown" });
  }
  await gateway.ingest.settled();
  const { client: clerk } = await place.member({ role: "transport", sites: ["north"] });
  const seenBy = async (client: typeof clerk) => {
    const { status, body } = await client.send("/api/views/bus.boarding");
    expect(status).toBe(200);
    const { days, serviceDays } = body["view"] as BusBoarding;
    return { devices: days[0]!.devices, day: serviceDays[0]! };
  };
  const whole = await seenBy(administrator);
  expect(whole.devices.map(({ device }) => device)).toEqual(["bus-1", "bus-2", "bus-3"]);
  const own = await seenBy(clerk);
  expect(own.devices).toMatchObject([{ device: "bus-1", boarded: 2, askedForCard: 1 }]);
  expect(own.day.vehicles.map(({ vehicle }) => vehicle)).toEqual(["vehicle-1"]);
  expect(own.day.fares.yen).toBe(whole.day.fares.yen / 3);

  const loads = await clerk.send(`/api/bus/days/${own.day.day}/loads`);
  const { vehicles } = loads.body as unknown as DayLoads;
  expect(vehicles.map(({ vehicle }) => vehicle)).toEqual(["vehicle-1"]);
  // What names persons, and what is of the whole city, stays closed.
  const refused = { status: 403, body: { code: "SITE_FOREIGN" } };
  for (const path of [`/api/bus/days/${own.day.day}/rides.csv`, "/api/taxi/matters"]) {
    expect(await clerk.send(path), path).toMatchObject(refused);
  }
  const { client: nobody } = await place.member({ role: "transport", sites: ["elsewhere"] });
  const none = await nobody.send("/api/views/bus.boarding");
  expect(JSON.stringify(none.body["view"])).not.toMatch(/bus-|vehicle-/);
  for (const box of boxes) await box[Symbol.asyncDispose]();
});
