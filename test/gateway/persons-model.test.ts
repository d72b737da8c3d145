import fc from "fast-check";
import { expect, test } from "vitest";
import { serviceNames } from "#contract/services.ts";
import { personFields } from "#gateway/persons/records.ts";
import { clerk, registryUnderTest } from "./persons-under-test.ts";

const references = ["R-1", "R-2", "R-3", "R-4"] as const;
const reference = fc.constantFrom(...references);
const person = fc.record({
  reference,
  name: fc.constantFrom("前橋 花子", "前橋花子", "手ぶら 太郎"),
  birthDate: fc.constantFrom("2016-05-03", "1980-01-31"),
});
const step = fc.oneof(
  fc.record({ does: fc.constant("person"), person }),
  fc.record({ does: fc.constant("lives"), reference, household: fc.constantFrom("H-1", "H-2") }),
  fc.record({ does: fc.constant("guards"), guardian: reference, ward: reference }),
  fc.record({ does: fc.constant("forget"), reference }),
  fc.record({ does: fc.constant("asks"), reference, service: fc.constantFrom(...serviceNames) }),
);

/** The registry as one would write it without secrets. */
function emptyModel() {
  const people = new Map<string, { reference: string; name: string; birthDate: string }>();
  return { people, homes: new Map<string, string>(), bonds: new Set<string>() };
}

test("after any history the registry shows what a plain table would, and no one who was forgotten", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      using under = registryUnderTest();
      const { registry } = under;
      const { people, homes, bonds } = emptyModel();
      for (const one of steps) {
        if (one.does === "person") {
          under.put("persons", one.person);
          people.set(one.person.reference, one.person);
        } else if (one.does === "lives" && people.has(one.reference)) {
          const { household, reference } = one;
          under.put("households", { household, person: reference, relation: "other" });
          homes.set(reference, household);
        } else if (one.does === "guards" && people.has(one.guardian) && people.has(one.ward)) {
          const { guardian, ward } = one;
          if (guardian === ward) continue;
          under.put("guardians", { guardian, ward, relation: "other", notify: false });
          bonds.add(`${guardian} ${ward}`);
        } else if (one.does === "forget" && people.delete(one.reference)) {
          registry.forget(one.reference);
          homes.delete(one.reference);
          for (const bond of bonds) if (bond.split(" ").includes(one.reference)) bonds.delete(bond);
        } else if (one.does === "asks") {
          const id = registry.idOf(one.reference);
          if (id === undefined) continue;
          const pseudonym = registry.pseudonymOf(one.service, id);
          expect(registry.personOf(one.service, pseudonym)).toBe(id);
        }
      }
      expect(registry.count).toBe(people.size);
      for (const one of references) {
        const found = await registry.look(clerk, { by: "reference", reference: one }, personFields);
        const known = people.get(one);
        expect(found.map(({ id: _, ...shown }) => shown)).toEqual(known ? [known] : []);
        const wards = await registry.ties(clerk, "wards", one);
        const mine = [...bonds].filter((bond) => bond.startsWith(`${one} `));
        expect(wards.map(({ ward }) => `${one} ${ward}`).sort()).toEqual(mine.sort());
      }
      for (const household of ["H-1", "H-2"]) {
        const there = await registry.ties(clerk, "household", household);
        const model = [...homes].filter(([, home]) => home === household).map(([who]) => who);
        expect(there.map((tie) => tie.person).sort()).toEqual(model.sort());
      }
      const same = { by: "name", name: "前橋花子", birthDate: "2016-05-03" } as const;
      const found = await registry.look(clerk, same, ["reference"]);
      const model = [...people.values()].filter(
        ({ name, birthDate }) => name.startsWith("前橋") && birthDate === same.birthDate,
      );
      expect(found.map((one) => one.reference).sort()).toEqual(
        model.map((one) => one.reference).sort(),
      );
    }),
    { numRuns: 30 },
  );
});
