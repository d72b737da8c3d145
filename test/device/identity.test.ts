import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { deviceIdSchema, type PersonId, pseudonymSchema } from "#contract/ids.ts";
import { openIdentity } from "#device/identity/identity.ts";
import { codeOf } from "#test/support/code-of.ts";

const person = "somebody" as PersonId;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tebura-identity-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a box is the same one after a restart, and its keys are for its owner alone", () => {
  const first = openIdentity(folder);
  const again = openIdentity(folder);
  expect(again.id).toBe(first.id);
  expect(first.id).toMatch(/^box-[0-9a-f]{8}$/);
  expect(again.storageKey).toEqual(first.storageKey);
  expect(again.publicKey.equals(first.publicKey)).toBe(true);
  for (const name of ["device.key", "storage.key", "pseudonym.key"]) {
    expect(statSync(join(folder, "keys", name)).mode & 0o777).toBe(0o600);
  }
  expect(openIdentity(folder, deviceIdSchema.parse("door-7")).id).toBe("door-7");
});

test("a person is the same within a service, somebody else in another and on another box", () => {
  const here = openIdentity(folder);
  const boarding = here.pseudonymOf("bus.boarding", person);
  expect(pseudonymSchema.safeParse(boarding).success).toBe(true);
  expect(openIdentity(folder).pseudonymOf("bus.boarding", person)).toBe(boarding);
  expect(here.pseudonymOf("shelter.check-in", person)).not.toBe(boarding);
  const there = openIdentity(join(folder, "other"));
  expect(there.pseudonymOf("bus.boarding", person)).not.toBe(boarding);
});

test.each([
  { name: "empty", file: "storage.key", text: "" },
  { name: "cut short", file: "storage.key", text: "AAAA" },
  { name: "no base64url", file: "pseudonym.key", text: `${"A".repeat(42)}!${"A".repeat(3)}` },
  { name: "no key", file: "device.key", text: "" },
])(
  "a key file that is damaged is refused, never replaced or used: $file $name",
  ({ file, text }) => {
    openIdentity(folder);
    writeFileSync(join(folder, "keys", file), text);
    expect(codeOf(() => openIdentity(folder))).toBe("DATA_CORRUPT");
  },
);

test("a data folder that cannot be has its code", () => {
  writeFileSync(join(folder, "file"), "");
  expect(codeOf(() => openIdentity(join(folder, "file", "data")))).toBe("DATA_UNWRITABLE");
});

test("processes that start together on a new folder become one box", async () => {
  const module = fileURLToPath(new URL("../../device/identity/identity.ts", import.meta.url));
  const code =
    `import { openIdentity } from ${JSON.stringify(module)};` +
    `const { id, storageKey } = openIdentity(${JSON.stringify(folder)});` +
    `process.stdout.write(id + " " + Buffer.from(storageKey).toString("hex"));`;
  const answers = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const child = spawn(
        process.execPath,
        ["--import", "tsx", "--input-type=module", "-e", code],
        {
          stdio: ["ignore", "pipe", "inherit"],
          cwd: fileURLToPath(new URL("../..", import.meta.url)),
        },
      );
      let text = "";
      child.stdout.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      await once(child, "close");
      return text;
    }),
  );
  expect(answers[0]).toMatch(/^box-[0-9a-f]{8} [0-9a-f]{64}$/);
  expect(new Set(answers).size).toBe(1);
});
