import { expect, test } from "vitest";
import { openSheet } from "#contract/box-lists.ts";
import type { DeviceId, Pseudonym, WallMs } from "#contract/ids.ts";
import { sealHandover } from "#contract/shelter/handover.ts";
import { erasedList } from "#gateway/lists/erased-list.ts";
import { Handovers } from "#gateway/shelter/handovers.ts";
import { PersonDetailsStore } from "#gateway/shelter/person-details.ts";
import { rejectedWith } from "#test/support/code-of.ts";
import { temporaryFolder } from "./gateway-under-test.ts";
import { keyOfSeed } from "./test-device.ts";

const device = "shelter-1" as DeviceId;
const box = keyOfSeed(1);
const gateway = keyOfSeed(2);
const person = "P".repeat(22) as Pseudonym;

test("names that a shelter's box took down alone are kept once, and by nobody else's word", async () => {
  using folder = temporaryFolder();
  using details = new PersonDetailsStore({
    ...{ database: `${folder.path}/details.db`, key: `${folder.path}/details.key` },
  });
  const recorded: string[] = [];
  using handovers = new Handovers({
    ...{ database: `${folder.path}/handovers.db`, secret: Buffer.alloc(32, 7), details },
    ...{ privateKey: gateway.privateKey, record: async ({ type }) => void recorded.push(type) },
  });
  const { sheets } = await handovers.key(device);
  const named = await openSheet(sheets[0]!, device, gateway.publicKey);
  const gatewayKey = named.name === "handover-key" ? named.sheet.key : "";
  const row = { person, at: 1 as WallMs, details: { kana: "さとう" } };
  const families = [{ kana: "さとう はな", birthDate: "1975-01-02" }];
  const said = { number: 3, rows: [{ ...row, families }] };
  const sealed = await sealHandover(said, { device, privateKey: box.privateKey, gatewayKey });
  expect(sealed).not.toContain("さとう");
  for (const _ of ["once", "twice"]) await handovers.take(device, sealed, box.publicKey);
  expect(details.of(person)).toEqual({ kana: "さとう" });
  expect(recorded).toEqual(["shelter.family-named"]);
  expect(handovers.keptTo(device)).toBe(3);
  const stranger = handovers.take(device, sealed, keyOfSeed(9).publicKey);
  expect(await rejectedWith(stranger)).toBe("REQUEST_INVALID");
  const elsewhere = handovers.take("shelter-2" as DeviceId, sealed, box.publicKey);
  expect(await rejectedWith(elsewhere)).toBe("REQUEST_INVALID");

  const isErased = details.isErased.bind(details);
  const { privateKey } = gateway;
  const handedBy = handovers.handedBy.bind(handovers);
  const listAt = async (of: DeviceId) =>
    await erasedList({ handedBy, isErased, privateKey }).current(of, 0, 5 as WallMs);
  expect(await listAt(device)).toBeUndefined();
  const clerk = "C".repeat(22) as Pseudonym;
  details.keep(clerk, { kana: "いとう" }, 1 as WallMs);
  // The box's clock may have run ahead of this one: what was erased is erased.
  for (const one of [person, clerk]) details.erase(one, 0 as WallMs);
  expect(details.of(person)).toBeUndefined();
  const erased = await openSheet((await listAt(device))!.sheets[0]!, device, gateway.publicKey);
  expect(erased).toMatchObject({ name: "shelter-erased", sheet: { persons: [person] } });
  expect(await listAt("shelter-2" as DeviceId)).toBeUndefined();
  await handovers.take(device, sealed, box.publicKey);
  expect(details.of(person)).toBeUndefined();
});
