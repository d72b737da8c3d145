import { expect, test } from "vitest";
import { deskDevice } from "#contract/desk-device.ts";
import type { Event } from "#contract/events.ts";
import type { DeviceId } from "#contract/ids.ts";
import { boardingOf } from "#device/taxi/bookings.ts";
import { applyBooking, emptyBookings, mayBoard } from "#gateway/views/taxi-bookings.ts";
import { person } from "./service-events.ts";

const ann = person("a");
const booked = { booking: "B-1", company: "C-1", boardFrom: 0, boardUntil: 10 };

test("a taxi's box lets in whom its own company booked, and nobody whom another one did", () => {
  const sheet = { until: 20, bookings: [{ ...booked, mayBoard: [{ person: ann, as: "rider" }] }] };
  const lists = { whole: () => [sheet] as never };
  expect(boardingOf({ lists, company: "C-1" }, ann, 5).kind).toBe("booked");
  expect(boardingOf({ lists, company: "C-2" }, ann, 5).kind).toBe("none");
});

test("a ride of another company is not the one that was booked", () => {
  const state = emptyBookings();
  const body = { type: "taxi.booking-made", ...booked, vehicle: null, person: ann };
  applyBooking(state, { body, device: deskDevice, at: 0 } as unknown as Event);
  const asked = { booking: "B-1", person: ann, vehicle: "taxi-1" as DeviceId };
  const as = (company: string) => mayBoard(state, () => "", { ...asked, company }, 5);
  expect([as("C-1"), as("C-2")]).toEqual(["rider", undefined]);
});
