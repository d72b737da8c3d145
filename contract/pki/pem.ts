import { malformed } from "./der.ts";

/**
 * The DER objects in a file's bytes: PEM (RFC 7468) with any number of blocks of this label and text
 * between them, or one DER object as it is. Throws DER_MALFORMED where neither is found, or where a
 * block is not whole.
 */
export function derObjects(
  bytes: Uint8Array,
  label: "CERTIFICATE" | "X509 CRL",
): readonly Uint8Array[] {
  if (bytes[0] === 0x30) return [bytes];
  const text = Buffer.from(bytes).toString("latin1");
  const begin = `-----BEGIN ${label}-----`;
  const end = `-----END ${label}-----`;
  const blocks = text.split(begin).slice(1);
  if (blocks.length === 0) throw malformed(`no ${label} in the file, neither as PEM nor as DER`);
  return blocks.map((block) => {
    const [body, after] = block.split(end);
    const base64 = (body ?? "").replace(/\s/g, "");
    const der = Buffer.from(base64, "base64");
    // Node skips what is not base64, so what was read is compared with what stands there.
    if (after === undefined || base64 === "" || der.toString("base64") !== base64) {
      throw malformed(`a ${label} in the file is not whole`);
    }
    return der;
  });
}
