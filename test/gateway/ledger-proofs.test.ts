import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sealTreeHead } from "#contract/tree-head.ts";
import { Ledger } from "#gateway/ledger/ledger.ts";
import { runCommand } from "#test/support/run-command.ts";
import { temporaryFolder } from "./gateway-under-test.ts";
import { FolderOfEvents } from "./ledger-of-events.ts";
import { keyOfSeed } from "./test-device.ts";

let folder: ReturnType<typeof temporaryFolder>;
let events: FolderOfEvents;
beforeEach(() => {
  folder = temporaryFolder();
  events = new FolderOfEvents(join(folder.path, "gateway"));
});
afterEach(() => folder[Symbol.dispose]());

/** Runs a command line of Tebura's, as a person would. */
async function tebura(...args: readonly string[]) {
  return await runCommand([...args, "--data", folder.path]);
}

/** Runs one of the independent verifiers on something that is written to a file first. */
function check(verifier: string, proof: string, ...keys: readonly string[]) {
  const file = join(folder.path, "proof.json");
  writeFileSync(file, proof);
  const script = fileURLToPath(new URL(`../../docs/${verifier}.mjs`, import.meta.url));
  const run = spawnSync(process.execPath, [script, file, ...keys], { encoding: "utf8" });
  return { proved: run.status === 0, says: run.stdout, complains: run.stderr };
}

function tamper(statements: string): void {
  const database = new Database(events.files.ledger);
  for (const trigger of ["entries_stay", "entries_remain", "tree_heads_stay", "tree_heads_remain"])
    database.exec(`DROP TRIGGER ${trigger}`);
  database.exec(statements);
  database.close();
}

test("an event is proved by its name or its place, and the independent verifier agrees", async () => {
  await events.add(700);
  const deviceKey = join(folder.path, "device.pub");
  const pem = events.device.key.publicKey.export({ type: "spki", format: "pem" });
  writeFileSync(deviceKey, pem);
  for (const what of ["box-1/1", "box-1/256", "257", "700"]) {
    const { status, out } = await tebura("ledger", "prove", what);
    expect(status).toBe(0);
    const { proved, says } = check("verify-inclusion", out, events.files.publicKey, deviceKey);
    expect(says).toContain(`"proved":true,"of":700`);
    expect(proved).toBe(true);
  }
});

test("the verifier believes no proof with one field changed, nor another gateway's", async () => {
  await events.add(20);
  const { out } = await tebura("ledger", "prove", "box-1/7");
  const proof = JSON.parse(out);
  const other = JSON.parse((await tebura("ledger", "prove", "8")).out);
  const head = { v: 1 as const, size: 20, root: proof.path[0], at: 1 as never };
  const forged = await sealTreeHead(head, keyOfSeed(9).privateKey);
  const changes = [
    { index: 8 },
    { entry: other.entry },
    { event: other.event },
    { path: other.path },
    { path: proof.path.slice(1) },
    { path: [...proof.path, proof.path[0]] },
    { head: forged },
    { head: proof.event },
  ];
  for (const change of changes) {
    const bent = JSON.stringify({ ...proof, ...change });
    const { proved, says } = check("verify-inclusion", bent, events.files.publicKey);
    expect([proved, says]).toEqual([false, expect.stringContaining("NOT PROVED")]);
  }
});

test("a verifier says in a line that a file is no proof, or is of the other kind", async () => {
  await events.add(3);
  const inclusion = (await tebura("ledger", "prove", "2")).out;
  const [isIn, goesOn] = ["verify-inclusion", "verify-consistency"] as const;
  for (const [name, text] of [
    ...[[isIn, "{}"] as const, [isIn, "no\nJSON"] as const],
    ...[[goesOn, inclusion] as const, [goesOn, "[]"] as const],
  ]) {
    const { proved, says, complains } = check(name, text, events.files.publicKey);
    expect([proved, complains, says]).toEqual([false, "", expect.stringMatching(/^NOT .+\n$/)]);
  }
  expect(check(isIn, inclusion, join(folder.path, "none.pub")).complains).toBe("");
});

test("a damaged file, an empty one and an entry that is no event are told as what they are", async () => {
  await events.add(300);
  const sound = readFileSync(events.files.ledger);
  const bent = Buffer.from(sound);
  for (let page = 4_096; page < bent.length; page += 4_096) bent[page] = 0xff;
  writeFileSync(events.files.ledger, bent);
  for (const action of ["verify", "list"]) {
    const { status, err } = await tebura("ledger", action);
    expect([status, err]).toEqual([1, expect.stringContaining("DATA_CORRUPT")]);
    expect(err).toContain("ledger.db");
  }
  writeFileSync(events.files.ledger, "");
  expect((await tebura("ledger", "verify")).err).toContain("DATA_CORRUPT");
  writeFileSync(events.files.ledger, sound);
  tamper("UPDATE entries SET sealed = 'a.b.c' WHERE position = 299");
  expect((await tebura("ledger", "list")).err).toContain("LEDGER_BROKEN: entry 299");
});

test("an entry without a head yet, and one that is not there, have their codes", async () => {
  await events.add(3);
  {
    using ledger = new Ledger(events.files.ledger);
    const [last] = ledger.after(2, 1);
    ledger.append([{ ...last!, sequence: 4 }]);
  }
  expect((await tebura("ledger", "prove", "4")).err).toContain("LEDGER_HEAD_PENDING");
  expect((await tebura("ledger", "prove", "5")).err).toContain("LEDGER_ENTRY_MISSING");
  expect((await tebura("ledger", "prove", "box-2/1")).err).toContain("LEDGER_ENTRY_MISSING");
  expect((await tebura("ledger", "prove", "../box")).err).toContain("USAGE");
});

test("a head that was kept is shown to be the beginning, by a proof the verifier checks", async () => {
  await events.add(300);
  const kept = join(folder.path, "kept");
  writeFileSync(kept, (await tebura("ledger", "head")).out);
  await events.add(513);
  const { status, out } = await tebura("ledger", "consistency", "--since", kept);
  expect(status).toBe(0);
  const { proved, says } = check("verify-consistency", out, events.files.publicKey);
  expect([proved, says]).toEqual([true, expect.stringContaining(`"from":300,"to":813`)]);
  const bent = { ...JSON.parse(out), path: JSON.parse(out).path.toReversed() };
  const no = check("verify-consistency", JSON.stringify(bent), events.files.publicKey);
  expect(no.proved).toBe(false);
  const { out: again, status: ok } = await tebura("ledger", "verify", "--json");
  expect([ok, JSON.parse(again)]).toEqual([0, expect.objectContaining({ treeHeads: 2 })]);
});

test("a history that the gateway itself rewrote, all hashes and heads made anew, shows", async () => {
  await events.add(300);
  const kept = join(folder.path, "kept");
  writeFileSync(kept, (await tebura("ledger", "head")).out);
  // The operator has every key: a new ledger of the same length in the old one's place.
  const rewritten = temporaryFolder();
  using _removed = rewritten;
  const other = new FolderOfEvents(rewritten.path);
  await other.add(299);
  await other.add(101, "0.2.0");
  using ledger = new Ledger(other.files.ledger);
  const entries = ledger.after(0, 1_000);
  tamper("DELETE FROM entries; DELETE FROM tree_nodes; DELETE FROM tree_heads");
  {
    using rewriting = new Ledger(events.files.ledger);
    rewriting.append(entries);
    await events.sign(rewriting);
  }
  expect((await tebura("ledger", "verify")).status).toBe(0);
  const { status, err } = await tebura("ledger", "consistency", "--since", kept);
  expect([status, err]).toEqual([1, expect.stringContaining("LEDGER_BROKEN")]);
});

test.each([
  { name: "a head of another signer", sql: "UPDATE tree_heads SET sealed = 'a.b.c'" },
  { name: "a head moved to another size", sql: "UPDATE tree_heads SET size = 299" },
  { name: "a subtree that was changed", sql: "UPDATE tree_nodes SET hash = zeroblob(32)" },
  { name: "entries cut off below a head", sql: "DELETE FROM entries WHERE position > 290" },
])("verifying finds $name", async ({ sql }) => {
  await events.add(300);
  expect((await tebura("ledger", "verify")).status).toBe(0);
  tamper(sql);
  const { status, out } = await tebura("ledger", "verify");
  expect([status, out]).toEqual([1, expect.stringContaining("LEDGER_BROKEN")]);
});

test("the verifiers need Node alone, and stay short enough to read", () => {
  for (const name of ["verify-inclusion", "verify-consistency"]) {
    const path = fileURLToPath(new URL(`../../docs/${name}.mjs`, import.meta.url));
    const text = readFileSync(path, "utf8");
    const imports = [...text.matchAll(/from "([^"]+)"/g)].map((match) => match[1]);
    expect(imports.every((target) => target?.startsWith("node:"))).toBe(true);
    expect(text.split("\n").length).toBeLessThan(75);
    execFileSync(process.execPath, ["--check", path]);
  }
});
