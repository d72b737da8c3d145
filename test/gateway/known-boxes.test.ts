import { expect, test } from "vitest";
import { deskDevice } from "#contract/desk-device.ts";
import type { DeviceId } from "#contract/ids.ts";
import { systemClock } from "#runtime/clock.ts";
import { ApiClient } from "#test/support/api-client.ts";
import { startGateway, temporaryFolder } from "./gateway-under-test.ts";
import { person } from "./service-events.ts";
import { TestDevice } from "./test-device.ts";

const places = { service: "payment", place: "kiosk-3", from: 0 };
const booking = {
  ...{ booking: "B-1", company: "C-1", person: person("a") },
  ...{ boardFrom: 1_000, boardUntil: 2_000 },
};

/** Each route that says where a box works, with what it takes of one. */
const routes: readonly (readonly [string, (box: string) => object])[] = [
  ["/api/places", (box) => ({ ...places, box })],
  [
    "/api/bus/records",
    (device) => ({
      ...{ type: "bus.box-placed", vehicle: "bus-7", door: "front", counts: "boarding", device },
    }),
  ],
  ["/api/school/boxes", (box) => ({ box, school: "momonoki", door: "entrance", from: 0 })],
  ["/api/shelter/boxes", (device) => ({ device, shelter: "hall", door: "entrance", from: 0 })],
  ["/api/taxi/bookings", (vehicle) => ({ ...booking, vehicle })],
];

test("a box that nobody knows is given no place by any route; one that is invited by name is", async () => {
  using folder = temporaryFolder();
  await using running = await startGateway(folder.path);
  const { gateway, httpUrl } = running;
  const city = new ApiClient(gateway, httpUrl, [
    ...(["places:write", "bus:write", "school:write", "shelter:write", "taxi:write"] as const),
  ]);
  const hall = { shelter: "hall", label: "体育館", capacity: 100, open: true };
  expect(await city.post("/api/shelter/sites", hall)).toMatchObject({ status: 200 });
  const box = new TestDevice("here", 1);
  gateway.registerDevice(box.id, box.key.publicKey);
  gateway.fleet.invite("tomorrow" as DeviceId, 3_600_000);
  gateway.fleet.invite(undefined, 3_600_000);
  const before = gateway.ledger.count;
  for (const [path, of] of routes) {
    for (const unknown of ["nobody", deskDevice]) {
      const answer = await city.post(path, of(unknown));
      expect(answer, `${path} ${unknown}`).toMatchObject({
        ...{ status: 404, body: { code: "DEVICE_UNKNOWN" } },
      });
    }
  }
  expect(gateway.ledger.count).toBe(before);
  for (const [path, of] of routes) {
    for (const known of ["here", "tomorrow"]) {
      expect(await city.post(path, of(known)), `${path} ${known}`).toMatchObject({ status: 200 });
    }
  }
  // A revoked box can be taken away, and goes nowhere else.
  gateway.devices.revoke(box.id, systemClock.wall());
  for (const [path, of] of routes) {
    const answer = await city.post(path, of("here"));
    expect(answer, path).toMatchObject({ status: 409, body: { code: "DEVICE_REVOKED" } });
  }
  const away = { ...places, box: "here", place: null };
  expect(await city.post("/api/places", away)).toMatchObject({ status: 200 });
});

test("an invitation that has run out makes no box known", async () => {
  using folder = temporaryFolder();
  let ahead = 0;
  const wall = () => (systemClock.wall() + ahead) as ReturnType<typeof systemClock.wall>;
  await using running = await startGateway(folder.path, "Asia/Tokyo", 0, { ...systemClock, wall });
  const { fleet } = running.gateway;
  fleet.invite("late" as DeviceId, 3_600_000);
  expect(fleet.placeCheck("late" as DeviceId, "hall")).toBeUndefined();
  ahead = 3_700_000;
  expect(fleet.placeCheck("late" as DeviceId, "hall")).toMatchObject({ code: "DEVICE_UNKNOWN" });
});
