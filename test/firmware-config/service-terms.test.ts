import fc from "fast-check";
import { expect, test } from "vitest";
import { serviceNames } from "#contract/services.ts";
import {
  endOf,
  isOver,
  type ServiceTerms,
  serviceTermsSchema,
} from "#firmware-config/service-terms.ts";

const trial: ServiceTerms = serviceTermsSchema.parse([
  {
    service: "payment",
    validFrom: "2026-04-01T00:00:00+09:00",
    endsAt: "2027-04-01T00:00:00+09:00",
  },
]);
const midnight = Date.parse("2027-03-31T15:00:00Z"); // The same moment, as another zone writes it.

test("a trial runs to the last millisecond of its last day, and is over from the next one on", () => {
  expect(isOver("payment", midnight - 1, trial)).toBe(false);
  expect(isOver("payment", midnight, trial)).toBe(true);
  expect(isOver("counter", midnight, trial)).toBe(false);
});

test("without a decision nothing ends, and a decision counts only from its day on", () => {
  for (const service of serviceNames) expect(isOver(service, 8.64e15)).toBe(false);
  expect(endOf(trial, "payment", Date.parse("2026-03-31T14:59:59.999Z"))).toBeNull();
  expect(endOf(trial, "payment", Date.parse("2026-03-31T15:00:00Z"))).toBe(midnight);
});

test("a later decision prolongs a trial, or makes it a service without an end", () => {
  const prolonged: ServiceTerms = [
    {
      service: "payment",
      validFrom: "2027-01-01T00:00:00+09:00",
      endsAt: "2028-04-01T00:00:00+09:00",
    },
    ...trial,
  ];
  expect(isOver("payment", midnight, prolonged)).toBe(false);
  expect(isOver("payment", Date.parse("2028-04-01T00:00:00+09:00"), prolonged)).toBe(true);
  const kept = [...prolonged, { ...prolonged[0]!, endsAt: null }];
  expect(isOver("payment", 8.64e15, kept)).toBe(false);
});

test("once over, and with nothing decided since, a service stays over", () => {
  fc.assert(
    fc.property(fc.nat(1_000_000_000), (more) => {
      expect(isOver("payment", midnight + more, trial)).toBe(true);
      expect(isOver("payment", midnight - 1 - (more % 1_000_000), trial)).toBe(false);
    }),
  );
});

test("a table with a day that is none, a date without its zone or a key too many is refused", () => {
  const row = trial[0]!;
  for (const bad of [
    { ...row, endsAt: "2027-02-30T00:00:00+09:00" },
    { ...row, endsAt: "2027-04-01" },
    { ...row, endsAt: "2027-04-01T00:00:00" },
    { ...row, service: "tram" },
    { ...row, note: "x" },
  ]) {
    expect(serviceTermsSchema.safeParse([bad]).success).toBe(false);
  }
});
