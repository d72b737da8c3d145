import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { readFrom } from "#gateway/medical/data-source.ts";
import { rejectedWith } from "#test/support/code-of.ts";
import { person } from "./service-events.ts";

test("a look-up reads from the hospital's own system, and says nothing of an answer that is none", async () => {
  const asked: unknown[] = [];
  let answer: readonly [status: number, body: string] = [200, '{"allergy":["penicillin"]}'];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(parts).toString("utf8"));
      asked.push({ token: request.headers.authorization, body });
      response.writeHead(answer[0]).end(answer[1]);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/look-ups`;
  const read = readFrom({ url, token: "secret" });
  expect(await read(person("a"), ["allergy"])).toEqual({ allergy: ["penicillin"] });
  expect(asked).toEqual([
    { token: "Bearer secret", body: { subject: person("a"), categories: ["allergy"] } },
  ]);
  for (const bad of [
    [500, "{}"],
    [200, "no JSON"],
    [302, "{}"],
  ] as const) {
    answer = bad;
    expect(await rejectedWith(read(person("a"), ["allergy"]))).toBe("MEDICAL_SOURCE_FAILED");
  }
  server.close();
  await once(server, "close");
  expect(await rejectedWith(read(person("a"), ["allergy"]))).toBe("MEDICAL_SOURCE_FAILED");
  const nowhere = readFrom(undefined)(person("a"), ["allergy"]);
  expect(await rejectedWith(nowhere)).toBe("MEDICAL_SOURCE_UNSET");
});
