import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { openCertificate } from "#contract/deletion-certificate.ts";
import { digestOf } from "#contract/digest.ts";
import type { Pseudonym, WallMs } from "#contract/ids.ts";
import { systemClock } from "#runtime/clock.ts";
import { TestDevice } from "#test/gateway/test-device.ts";
import { needsChromium } from "#test/support/chromium.ts";
import { consoleTest, openConsole } from "./console-suite.ts";

const service = "bus.boarding";
const on = openConsole();

/** P-1 agreed, was enrolled at one box of the bus, and was let to be sealed to another, which is silent. */
async function enrolled(silent: TestDevice) {
  const { gateway } = on.city.running;
  const person = gateway.persons.pseudonymOf(service, gateway.persons.idOf("P-1")!);
  const now = systemClock.wall();
  const statement = digestOf("a statement");
  await gateway.desk.record({
    ...{ type: "consent.given", service, person, signedAt: now, by: "self", statement },
    ...{ from: now, until: (now + 86_400_000) as WallMs },
  });
  await gateway.desk.record({
    ...{ type: "proxy.appointed", service, person, signedAt: now, by: "guardian", statement },
    ...{ proxy: "x".repeat(22) as Pseudonym, from: now, until: (now + 86_400_000) as WallMs },
  });
  const row = { person, version: "v".repeat(22) };
  const change = { before: digestOf("before"), after: digestOf("after") };
  const publish = async (box: TestDevice, body: Parameters<TestDevice["next"]>[0]) => {
    await box.publish(await box.next(body, { at: systemClock.wall() }));
    await gateway.ingest.settled();
  };
  await publish(on.city.bus, { type: "gallery.enrolled", service, ...row, statement, ...change });
  await gateway.desk.record({
    ...{ type: "gallery.granted", service, grant: "g".repeat(22) },
    ...{ from: on.city.bus.id, to: silent.id, rows: [row] },
  });
  const forget = (box: TestDevice) =>
    publish(box, { type: "gallery.forgotten", service, order: 1, persons: [person], ...change });
  return { forget };
}

consoleTest(
  needsChromium(
    "a consent ends at the counter; where the deletion stands is told box by box, and then certified",
  ),
  async () => {
    const { gateway, mqttUrl } = on.city.running;
    await using late = new TestDevice("bus-7", 7);
    gateway.registerDevice(late.id, late.key.publicKey);
    const { forget } = await enrolled(late);
    await using visit = await on.visit({ language: "en" });
    const { page } = visit;
    await visit.open("people");
    await page.getByLabel("Office number").fill("P-1");
    await page.getByRole("button", { name: "Search", exact: true }).click();
    await page.getByRole("heading", { name: "上原 桜" }).waitFor();
    await page.getByRole("row", { name: /In a class/ }).waitFor();
    const consents = page.getByRole("region", { name: "Enrolments and consents" });
    const row = consents.getByRole("row").filter({ hasText: "Bus" });
    expect(await row.innerText()).toMatch(/Stands\s+The person\s+PIN of four digits[\s\S]*\b2\b/);
    const mayAct = page.getByRole("region", { name: "Who may act for them" });
    const proxy = mayAct.getByRole("row").filter({ hasText: "xxxxxxxx" });
    expect(await proxy.innerText()).toMatch(/Bus\s+xxxxxxxx\s+May act\s+A guardian/);
    await proxy.getByRole("button", { name: "End it" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "End it" }).click();
    await proxy.getByText("Ended").waitFor();
    await row.getByRole("button", { name: "End the consent" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "End the consent" }).click();
    await row.getByText("Gone from 0 of 2").waitFor();
    await forget(on.city.bus);
    await page.getByRole("button", { name: "Read again" }).click();
    await row.getByText("Gone from 1 of 2").waitFor();
    await row.getByText("not heard from: bus-7 since the gateway started").waitFor();
    expect(await row.getByRole("button", { name: "Certificate" }).count()).toBe(0);

    await late.connect(mqttUrl);
    await forget(late);
    await page.getByRole("button", { name: "Read again" }).click();
    await row.getByText("Gone from 2 of 2").waitFor();
    await row.getByRole("button", { name: "Certificate" }).click();
    const saving = page.waitForEvent("download");
    await page.getByRole("button", { name: "Signed text" }).click();
    const saved = readFileSync((await (await saving).path())!, "utf8");
    const certificate = await openCertificate(saved, gateway.publicKey);
    expect(certificate.boxes.map(({ device }) => device).sort()).toEqual(["bus-1", "bus-7"]);
    expect(visit.troubles).toEqual([]);
  },
);

consoleTest(
  needsChromium("an entitlement and a guardian are added, and the whole file is handed over"),
  async () => {
    await using visit = await on.visit();
    const { page } = visit;
    await visit.open("people");
    await page.getByLabel("整理番号").fill("P-2");
    await page.getByRole("button", { name: "検索", exact: true }).click();
    await page.getByRole("button", { name: "資格を追加" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "保存" }).click();
    await dialog.getByText("開始日を選んでください。").waitFor();
    await dialog.getByLabel("資格").selectOption("pregnancy");
    await dialog.getByLabel("開始日").fill("2026-04-01");
    await dialog.getByRole("button", { name: "保存" }).click();
    await page.getByRole("row", { name: /資格 妊娠 2026-04-01/ }).waitFor();
    await page.getByRole("button", { name: "保護者を追加" }).click();
    await dialog.getByLabel("保護者の整理番号").fill("NOBODY-1");
    await dialog.getByRole("button", { name: "保存" }).click();
    await dialog.getByText("登録できませんでした").waitFor();
    await dialog.getByLabel("保護者の整理番号").fill("P-1");
    await dialog.getByRole("button", { name: "保存" }).click();
    await page.getByRole("row", { name: /保護者 P-1 \(母/ }).waitFor();
    const saving = page.waitForEvent("download");
    await page.getByRole("button", { name: "開示書面" }).click();
    const sheet = readFileSync((await (await saving).path())!, "utf8");
    expect(sheet).toContain("小林 大翔");
    expect(sheet).toContain("あなたの情報を見た人");
    expect(visit.troubles.filter((line) => !line.includes("422"))).toEqual([]);
  },
);

consoleTest(
  needsChromium("nobody is shown who is not registered, and each look is on record"),
  async () => {
    await using visit = await on.visit({ language: "en" });
    const { page } = visit;
    await visit.open("people");
    await page.getByLabel("Search", { exact: true }).selectOption("name");
    await page.getByLabel("Name", { exact: true }).fill("だれか");
    await page.getByLabel("Born on").fill("1950-01-02");
    await page.getByLabel("Reason").selectOption("registration");
    await page.getByRole("button", { name: "Search", exact: true }).click();
    await page.getByText("Nobody is found.").waitFor();
    const { body } = await on.city.administrator.send("/api/audit?kind=look&limit=1");
    expect(body["looks"]).toMatchObject([{ why: "registration", people: 0 }]);
    const path = "/api/registry/persons/consents";
    const missing = await on.city.administrator.post(path, { reference: "NOBODY", why: "counter" });
    expect(missing).toMatchObject({ status: 404, body: { code: "PERSON_NOT_FOUND" } });
  },
);
