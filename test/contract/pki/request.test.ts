import { spawnSync } from "node:child_process";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readRequest, writeRequest } from "#contract/pki/request.ts";
import { DeviceAuthority } from "#gateway/fleet/authority.ts";
import { systemClock } from "#runtime/clock.ts";
import { codeOf } from "#test/support/code-of.ts";

const openssl = ["/usr/bin/openssl", "/usr/local/bin/openssl"].find(existsSync);
const title = (text: string) => (openssl ? text : `${text} (skipped: needs openssl)`);
const key = generateKeyPairSync("ec", { namedCurve: "prime256v1" });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tebura-request-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(
  args: readonly string[],
  input?: Uint8Array,
): { status: number | null; out: Buffer; err: string } {
  const { status, stdout, stderr } = spawnSync(openssl ?? "openssl", args, { input });
  return { status, out: stdout, err: stderr.toString() };
}

test("a request gives back the key that it was made with", () => {
  const read = readRequest(writeRequest(key, "bus-7"));
  expect(read.equals(key.publicKey)).toBe(true);
});

test("no bit of a request can be turned without its being refused", () => {
  const der = writeRequest(key, "bus-7");
  const bit = fc.integer({ min: 0, max: der.length * 8 - 1 });
  fc.assert(
    fc.property(bit, (at) => {
      const bytes = Buffer.from(der);
      bytes[at >> 3] = (bytes[at >> 3] ?? 0) ^ (1 << (at & 7));
      expect(codeOf(() => readRequest(bytes))).toBe("REQUEST_INVALID");
    }),
    { numRuns: 400 },
  );
});

test.each([
  ["RSA", () => generateKeyPairSync("rsa", { modulusLength: 2_048 })],
  ["P-384", () => generateKeyPairSync("ec", { namedCurve: "secp384r1" })],
  ["Ed25519", () => generateKeyPairSync("ed25519")],
])("a request for an %s key is refused: boxes speak TLS with P-256", (_name, make) => {
  expect(codeOf(() => readRequest(writeRequest(make(), "bus-7")))).toBe("REQUEST_INVALID");
});

test.runIf(openssl)(title("OpenSSL accepts our requests, and we accept its own"), () => {
  const ours = run(["req", "-inform", "DER", "-verify", "-noout"], writeRequest(key, "bus-7"));
  expect([ours.status, ours.err]).toEqual([0, expect.stringContaining("verify OK")]);
  const pem = join(folder, "key.pem");
  writeFileSync(pem, key.privateKey.export({ type: "pkcs8", format: "pem" }));
  const theirs = run(["req", "-new", "-key", pem, "-subj", "/CN=whoever", "-outform", "DER"]);
  expect(readRequest(theirs.out).equals(key.publicKey)).toBe(true);
});

test.runIf(openssl)(
  title("OpenSSL verifies what the authority issues, and honours its revocation list"),
  () => {
    const path = (name: string) => join(folder, name);
    const files = { authorityKey: path("ca.key"), authorityCertificate: path("ca.crt") };
    const authority = new DeviceAuthority(files, systemClock);
    const device = authority.certifyDevice("bus-7" as never, key.publicKey);
    const server = authority.certifyServer(["gateway.example", "192.0.2.7"]);
    writeFileSync(path("device.pem"), device.pem);
    writeFileSync(path("server.pem"), server.pem);
    const verify = (name: string, ...more: string[]) =>
      run(["verify", "-x509_strict", "-CAfile", path("ca.crt"), ...more, path(name)]).status;
    expect(verify("device.pem", "-purpose", "sslclient")).toBe(0);
    expect(verify("device.pem", "-purpose", "sslserver")).not.toBe(0);
    expect(
      verify("server.pem", "-purpose", "sslserver", "-verify_hostname", "gateway.example"),
    ).toBe(0);
    expect(verify("server.pem", "-verify_ip", "192.0.2.7")).toBe(0);
    expect(verify("server.pem", "-verify_hostname", "elsewhere.example")).not.toBe(0);
    expect(new X509Certificate(server.pem).checkHost("gateway.example")).toBe("gateway.example");
    const revoked = [{ serial: device.serial, at: systemClock.wall() }];
    writeFileSync(path("empty.crl"), authority.revocationList([]));
    writeFileSync(path("full.crl"), authority.revocationList(revoked));
    expect(verify("device.pem", "-crl_check", "-CRLfile", path("empty.crl"))).toBe(0);
    expect(verify("device.pem", "-crl_check", "-CRLfile", path("full.crl"))).not.toBe(0);
  },
);
