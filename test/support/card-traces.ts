import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseCertificate } from "#contract/pki/certificate.ts";

/** What is looked for in files, by what it is. */
export type Traces = ReadonlyMap<string, Buffer>;

/** Every way in which what a card has shown could stand in a file: certificate, signatures, serial number. */
export function tracesOfCard(der: Uint8Array, signatures: readonly string[] = []): Traces {
  const { serial } = parseCertificate(der);
  const signed = signatures.map((text) => Buffer.from(text, "base64url"));
  const found = new Map([["the serial number", Buffer.from(serial)]]);
  for (const [at, bytes] of [Buffer.from(der), ...signed].entries()) {
    const what = at === 0 ? "the certificate" : `signature ${at}`;
    found.set(`${what}, raw`, bytes);
    found.set(`${what} in hexadecimal`, Buffer.from(bytes.toString("hex")));
    // In something that is base64url as a whole it may begin at each of three places.
    for (const skip of [0, 1, 2]) {
      const text = bytes.subarray(skip).toString("base64url").slice(0, -4);
      found.set(`${what} in base64url, from ${skip}`, Buffer.from(text));
    }
  }
  return found;
}

/** Which of these stand in any file of a folder whose name fits, journals and all. */
export function filesWith(traces: Traces, folder: string, named = /./): readonly string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (one) => one.isFile() && named.test(one.name),
  );
  if (files.length === 0) throw new Error(`there is no such file in ${folder}`);
  return files.flatMap(({ parentPath, name }) => {
    const bytes = readFileSync(join(parentPath, name));
    return [...traces].flatMap(([what, trace]) =>
      bytes.includes(trace) ? `${name}: ${what}` : [],
    );
  });
}
