import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parseCertificate } from "#contract/pki/certificate.ts";
import { parseCrl } from "#contract/pki/crl.ts";
import { parseOcspResponse } from "#contract/pki/ocsp.ts";
import { validatePath } from "#contract/pki/validate-path.ts";
import {
  hierarchyAt,
  makeAuthority,
  makeCard,
  makeCrl,
  makeOcsp,
} from "#test/support/card-hierarchy.ts";

/** OpenSSL as a second opinion on what is made and read here. Skipped where there is none. */
const missing = spawnSync("openssl", ["version"], { timeout: 10_000 }).status !== 0;
const skipped = (title: string) => (missing ? `${title} (skipped: needs openssl)` : title);

const folder = mkdtempSync(join(tmpdir(), "tebura-openssl-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string) => join(folder, name);

const authority = makeAuthority("2023");
const card = makeCard(authority);
const pem = (der: Uint8Array) =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString("base64")}\n-----END CERTIFICATE-----\n`;
writeFileSync(file("ca.pem"), pem(authority.der));
writeFileSync(file("ca.key"), authority.key.privateKey.export({ format: "pem", type: "pkcs8" }));
writeFileSync(file("card.pem"), pem(card.der));

const at = `${hierarchyAt / 1_000}`;
function openssl(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync("openssl", args, { cwd: folder, timeout: 20_000 });
  expect([args[0], status, stderr.toString()]).toEqual([args[0], 0, expect.any(String)]);
  return `${stdout}${stderr}`;
}

test.skipIf(missing)(
  skipped("OpenSSL accepts the path, the CRL and the OCSP answer made here"),
  () => {
    writeFileSync(file("crl.der"), makeCrl(authority));
    writeFileSync(file("ocsp.der"), makeOcsp(authority, card.serial));
    const anchor = ["-CAfile", "ca.pem", "-attime", at];
    expect(openssl("verify", ...anchor, "card.pem")).toMatch(/card\.pem: OK/);
    expect(
      openssl("crl", "-inform", "DER", "-in", "crl.der", "-CAfile", "ca.pem", "-noout"),
    ).toMatch(/verify OK/);
    // Its clock, unlike its certificate checks, cannot be set, so freshness is not asked for.
    const fresh = ["-validity_period", "999999999"];
    const question = ["-issuer", "ca.pem", "-cert", "card.pem", "-no_nonce"];
    const answer = openssl("ocsp", "-respin", "ocsp.der", ...question, ...anchor, ...fresh);
    expect(answer).toMatch(/Response verify OK/);
    expect(answer).toMatch(/card\.pem: /);
  },
);

test.skipIf(missing).each([
  { state: "V", told: "ok" },
  { state: "R", told: "REVOKED" },
])(skipped("an OCSP answer made by OpenSSL is read: $state is $told"), ({ state, told }) => {
  const serial = card.serial.toString(16).toUpperCase().padStart(4, "0");
  const revoked = state === "R" ? "260101000000Z" : "";
  const row = [state, "330101000000Z", revoked, serial, "unknown", "/C=JP/CN=card"].join("\t");
  writeFileSync(file("index.txt"), `${row}\n`);
  const issuer = ["-sha256", "-issuer", "ca.pem", "-cert", "card.pem"];
  openssl("ocsp", ...issuer, "-reqout", "request.der");
  const signer = ["-rsigner", "ca.pem", "-rkey", "ca.key", "-CA", "ca.pem", "-ndays", "1"];
  const paths = ["-index", "index.txt", "-reqin", "request.der", "-respout", "answer.der"];
  openssl("ocsp", ...paths, ...signer);
  const reading = parseOcspResponse(readFileSync(file("answer.der")));
  if (!reading.ok) throw new Error(reading.code);
  const { response } = reading;
  expect(response.nonce).toBeDefined();
  const verdict = validatePath({
    target: parseCertificate(card.der),
    candidates: [],
    anchors: [parseCertificate(authority.der)],
    at: hierarchyAt,
    revocation: {
      crls: [],
      ocsp: [response],
      now: response.producedAt,
      ...(response.nonce ? { nonce: response.nonce } : {}),
    },
  });
  expect(verdict.ok ? "ok" : verdict.code).toBe(told);
});

test.skipIf(missing)(skipped("a CRL made by OpenSSL is read, and whom it lists is revoked"), () => {
  const serial = card.serial.toString(16).toUpperCase().padStart(4, "0");
  const row = ["R", "330101000000Z", "260101000000Z,keyCompromise", serial, "unknown", "/CN=card"];
  writeFileSync(file("index.txt"), `${row.join("\t")}\n`);
  writeFileSync(file("crlnumber"), "05\n");
  writeFileSync(
    file("ca.cnf"),
    "[ca]\ndefault_ca=c\n[c]\ndatabase=index.txt\ncrlnumber=crlnumber\ndefault_md=sha256\n" +
      "default_crl_days=3\ncrl_extensions=e\n[e]\nauthorityKeyIdentifier=keyid\n",
  );
  openssl(
    "ca",
    "-config",
    "ca.cnf",
    "-gencrl",
    "-keyfile",
    "ca.key",
    "-cert",
    "ca.pem",
    "-out",
    "crl.pem",
  );
  openssl("crl", "-in", "crl.pem", "-outform", "DER", "-out", "made.der");
  const crl = parseCrl(readFileSync(file("made.der")));
  expect(crl.number).toBe(5n);
  const verdict = validatePath({
    target: parseCertificate(card.der),
    candidates: [],
    anchors: [parseCertificate(authority.der)],
    at: hierarchyAt,
    revocation: { crls: [crl], ocsp: [], now: crl.thisUpdate },
  });
  expect(verdict).toMatchObject({ ok: false, code: "REVOKED", revokedAt: Date.UTC(2026, 0, 1) });
});
