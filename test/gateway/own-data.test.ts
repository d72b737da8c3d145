import { join } from "node:path";
import { expect, test } from "vitest";
import { main } from "#cli/main.ts";
import type { EventBody } from "#contract/events.ts";
import { draftsOf } from "#gateway/persons/drafts.ts";
import { startGateway, temporaryFolder } from "./gateway-under-test.ts";
import { hanako, taro } from "./persons-under-test.ts";

type Running = Awaited<ReturnType<typeof startGateway>>;

/** A child and her father, an arrival at school, and a clerk who looked. */
async function aDay({ gateway }: Running) {
  const { persons, desk } = gateway;
  persons.write(() => {
    for (const one of [hanako, taro])
      for (const draft of draftsOf("persons", one)) persons.put(draft);
    const tie = {
      guardian: taro.reference,
      ward: hanako.reference,
      relation: "father",
      notify: true,
    };
    for (const draft of draftsOf("guardians", tie as never)) persons.put(draft);
    return { result: undefined, keep: true };
  });
  const child = persons.idOf(hanako.reference)!;
  const arrival: EventBody = {
    ...{ type: "decision.made", service: "school.attendance", outcome: "admit" },
    ...{ reason: "face-matched", evidence: [], factors: ["face"] },
    person: persons.pseudonymOf("school.attendance", child),
  };
  const ofSomebodyElse = {
    ...arrival,
    person: persons.pseudonymOf("school.attendance", persons.idOf(taro.reference)!),
  };
  await desk.record(arrival);
  await desk.record(ofSomebodyElse);
  const clerk = { who: "staff:desk-1", why: "attendance" } as const;
  await persons.look(clerk, { by: "reference", reference: hanako.reference }, ["name"]);
}

async function audit(data: string, ...rest: readonly string[]) {
  const said: string[] = [];
  const io = {
    ...{ out: (text: string) => void said.push(text), err: (text: string) => void said.push(text) },
    ...{ signal: new AbortController().signal, interactive: false },
  };
  const status = await main(["audit", "--person", hanako.reference, "--data", data, ...rest], io);
  return { status, text: said.join("") };
}

test("a person gets all that is held of them, every record and every look, beside a running gateway", async () => {
  using folder = temporaryFolder();
  const data = folder.path;
  const own = await startGateway(join(data, "gateway"));
  await using running = own;
  await aDay(running);
  const { status, text } = await audit(data, "--json", "--gateway", running.httpUrl);
  expect(status).toBe(0);
  const told = JSON.parse(text);
  expect(told.person).toEqual(hanako);
  expect(told.ties).toMatchObject([
    { way: "guardian.ward", content: { guardian: taro.reference } },
  ]);
  expect(told.events).toMatchObject([
    { type: "decision.made", services: ["school.attendance"], outcome: "admit" },
  ]);
  expect(told.looks.map(({ who, why }: { who: string; why: string }) => [who, why])).toEqual([
    ["staff:desk-1", "attendance"],
    [expect.stringMatching(/^api-key:/), "own-data"],
    [expect.stringMatching(/^api-key:/), "own-data"],
  ]);
  expect(text).not.toContain(taro.name);
  // The key that the command made for itself opens nothing any more.
  const made = running.gateway.apiKeys.list().filter(({ name }) => name === "tebura audit");
  expect(made).toMatchObject([{ revokedAt: expect.any(Number) }]);
});

test("without a running gateway the command starts one for the question, and hands over a sheet in Japanese", async () => {
  using folder = temporaryFolder();
  {
    await using running = await startGateway(join(folder.path, "gateway"));
    await aDay(running);
  }
  const { status, text } = await audit(folder.path);
  expect(status).toBe(0);
  for (const line of ["氏名：手ぶら 花子", "学校の出欠　判定：通過", "保護者：guardian R-0002"]) {
    expect(text).toContain(line);
  }
  expect(text).toMatch(/staff:desk-1　出欠の確認のため　氏名/);
  expect(text).not.toContain(taro.name);
});

test("a key without the scope, and a number of nobody, get nothing", async () => {
  using folder = temporaryFolder();
  await using running = await startGateway(join(folder.path, "gateway"));
  const body = JSON.stringify({ reference: "nobody" });
  const asked = await fetch(`${running.httpUrl}/api/own-data`, { method: "POST", body });
  expect(asked.status).toBe(401);
  const { status, text } = await audit(folder.path, "--gateway", running.httpUrl);
  expect(status).not.toBe(0);
  expect(text).toContain("PERSON_NOT_FOUND");
});
