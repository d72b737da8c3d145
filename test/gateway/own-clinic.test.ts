import { expect, test } from "vitest";
import type { MedicalQueue } from "#gateway/views/medical-queue.ts";
import { office } from "#test/support/staff-office.ts";

test("a clinic's reception sees and calls its own patients, and gets no other clinic's by any way", async () => {
  await using place = await office();
  const { administrator } = place;
  for (const clinic of ["hirose", "sakura"]) {
    const received = { clinic, why: "no-card" };
    expect((await administrator.post("/api/medical/receptions", received)).status).toBe(200);
  }
  const { client: clerk } = await place.member({ role: "clinic", sites: ["hirose"] });
  const queueSeenBy = async (client: typeof clerk) => {
    const { status, body } = await client.send("/api/views/medical.reception");
    expect(status).toBe(200);
    const [day] = (body["view"] as MedicalQueue).days;
    return { day: day!.day, clinics: day!.clinics };
  };
  const whole = await queueSeenBy(administrator);
  expect(whole.clinics.map(({ clinic }) => clinic)).toEqual(["hirose", "sakura"]);
  const own = await queueSeenBy(clerk);
  expect(own.clinics.map(({ clinic }) => clinic)).toEqual(["hirose"]);

  const refused = { status: 403, body: { code: "SITE_FOREIGN" } };
  const [mine, theirs] = whole.clinics.map(({ visits }) => visits[0]!.visit);
  expect((await clerk.post("/api/medical/calls", { visit: mine })).status).toBe(200);
  const nobodys = { device: "nowhere-1", sequence: 1 };
  for (const visit of [theirs, nobodys]) {
    expect(await clerk.post("/api/medical/calls", { visit })).toMatchObject(refused);
    const end = { visit, how: "seen" };
    expect(await clerk.post("/api/medical/visit-ends", end)).toMatchObject(refused);
  }
  const elsewhere = { clinic: "sakura", why: "no-card" };
  expect(await clerk.post("/api/medical/receptions", elsewhere)).toMatchObject(refused);
  const file = `/api/medical/queue.csv?day=${whole.day}&clinic=`;
  expect((await clerk.send(`${file}hirose`)).status).toBe(200);
  expect(await clerk.send(`${file}sakura`)).toMatchObject(refused);
  // What is of the whole city stays closed: crews, notices, consents, other views.
  expect(await clerk.send("/api/medical/notices-owed.csv")).toMatchObject(refused);
  expect(await clerk.send("/api/views/medical.emergency")).toMatchObject(refused);
  const shown = JSON.stringify((await place.audit()).filter(({ type }) => /called/.test(type)));
  expect(shown).toContain(`"sequence":${mine!.sequence}`);
});
