import { expect, test } from "vitest";
import { office } from "#test/support/staff-office.ts";

const site = (shelter: string) => ({ shelter, label: shelter, capacity: 100, open: true });
const details = (kana: string) => ({ kana, birthDate: "1950-04-01" });
const asker = details("てぶら めぐみ");

/** Two shelters with somebody in each, and a clerk of the first. */
async function twoShelters() {
  const place = await office();
  const { administrator } = place;
  const persons: Record<string, string> = {};
  for (const shelter of ["momonoki", "sakura"]) {
    await administrator.post("/api/shelter/sites", site(shelter));
    const entry = { shelter, details: details("やまだ はな"), household: "new" };
    const { body } = await administrator.post("/api/shelter/entries", entry);
    persons[shelter] = body["person"] as string;
    persons[`${shelter} household`] = body["household"] as string;
  }
  const { client, id } = await place.member({ role: "shelter", sites: ["momonoki"] });
  return { ...place, persons, clerk: client, id };
}

test("a shelter's clerk works at their own shelter, and gets no other one's people by any way", async () => {
  await using place = await twoShelters();
  const { clerk, persons, id } = place;
  const asks = (person: string, shelter: string, household: string) =>
    [
      ["/api/shelter/persons/describe", { person, needs: ["medicine"] }],
      ["/api/shelter/persons/details", { person, details: details("なまえ かえた") }],
      ["/api/shelter/persons/protect", { person, protected: true }],
      ["/api/shelter/families", { by: "person", id: person, allowed: true, family: asker }],
      ["/api/shelter/families", { by: "household", id: household, allowed: true, family: asker }],
      ["/api/shelter/entries", { shelter, details: details("もう ひとり") }],
      ["/api/shelter/transfers", { person, from: shelter, to: "sakura" }],
      ["/api/shelter/check-ins", { person, shelter, means: "hand" }],
      ["/api/shelter/check-outs", { person, shelter, reason: "home" }],
    ] as const;
  const own = asks(persons["momonoki"]!, "momonoki", persons["momonoki household"]!);
  for (const [path, body] of own) expect((await clerk.post(path, body)).status, path).toBe(200);
  const before = (await place.audit()).filter(({ type }) => type.startsWith("shelter.")).length;
  const other = asks(persons["sakura"]!, "sakura", persons["sakura household"]!);
  const nobody = asks("A".repeat(22), "nowhere", "A".repeat(22));
  const city = [
    ["/api/shelter/sites", site("momonoki")],
    ["/api/shelter/boxes", { device: "hall-1", shelter: "momonoki", door: "entrance", from: 0 }],
    [
      "/api/shelter/duplicates/decide",
      { persons: [persons["momonoki"], persons["sakura"]], same: true },
    ],
  ] as const;
  const refused = { status: 403, body: { code: "SITE_FOREIGN" } };
  for (const [path, body] of [...other, ...nobody, ...city]) {
    expect(await clerk.post(path, body), path).toMatchObject(refused);
  }
  for (const file of ["evacuees", "evacuees.csv", "evacuees.html"]) {
    const list = `/api/shelter/${file}`;
    expect((await clerk.send(`${list}?shelter=momonoki`)).status, file).toBe(200);
    for (const whole of [list, `${list}?shelter=sakura`, `${list}?shelter=nowhere`]) {
      expect(await clerk.send(whole), whole).toMatchObject(refused);
    }
  }
  expect(await clerk.send("/api/shelter/duplicates")).toMatchObject(refused);
  expect((await clerk.send("/api/shelter/sites")).status).toBe(200);
  const looks = async () =>
    (await place.audit()).filter(
      (body) => body.type === "sign-in.refused" && body.who === id && body.what === "site",
    ).length;
  await expect.poll(looks).toBeGreaterThan(15); // Beyond a burst only the log has them all.
  const after = (await place.audit()).filter(({ type }) => type.startsWith("shelter.")).length;
  expect(after - before).toBe(3); // The three looks at their own list, and no change.
});

test("a school's office sees its own classes, and takes over none of another school's", async () => {
  await using place = await office();
  const { client } = await place.member({ role: "school", sites: ["momonoki"] });
  const roster = (name: string, school: string) => ({
    ...{ class: name, school, from: "2026-04-01", until: "2027-03-31" },
  });
  const { administrator } = place;
  for (const [name, school] of [
    ["m-3-1", "momonoki"],
    ["s-3-1", "sakura"],
  ] as const) {
    const record = {
      class: name,
      school,
      schoolYear: 2026,
      name: "1",
      person: name,
      role: "pupil",
    };
    await administrator.post("/api/registry/persons", {
      records: [{ reference: name, name: "子" }],
    });
    await administrator.post("/api/registry/classes", { records: [record] });
    const set = await administrator.post("/api/school/rosters", roster(name, school));
    expect(set.body).not.toHaveProperty("code");
  }
  const { body } = await client.send("/api/school/classes");
  expect((body["classes"] as { class: string }[]).map((one) => one.class)).toEqual(["m-3-1"]);
  const refused = { status: 403, body: { code: "SITE_FOREIGN" } };
  const day = "day=2026-06-01&names=no";
  expect((await client.send(`/api/school/attendance?class=m-3-1&${day}`)).status).toBe(200);
  for (const path of ["attendance", "attendance.csv", "attendance.html"]) {
    expect(await client.send(`/api/school/${path}?class=s-3-1&${day}`), path).toMatchObject(
      refused,
    );
  }
  expect(await client.send("/api/school/month?class=s-3-1&month=2026-06&names=no")).toMatchObject(
    refused,
  );
  expect(await client.post("/api/school/rosters", roster("s-3-1", "momonoki"))).toMatchObject(
    refused,
  );
  expect(await client.post("/api/school/rosters", roster("s-3-1", "sakura"))).toMatchObject(
    refused,
  );
  const days = { classes: ["m-3-1", "s-3-1"], days: [{ day: "2026-06-01", kind: "as-usual" }] };
  expect(await client.post("/api/school/days", days)).toMatchObject(refused);
});
