/**
 * Where a generation of the card keeps what (公的個人認証, JPKI). The next generation is announced with two
 * applications and ECDSA over a 384-bit curve; it will be another value of this type.
 */
export interface JpkiLayout {
  readonly application: Uint8Array;
  readonly algorithm: "rsa-sha256" | "p384-sha384";
  readonly authentication: KeyFiles;
  readonly signature: KeyFiles;
}

/** File identifiers of a certificate, its authority's, its key and the key's PIN. */
interface KeyFiles {
  readonly certificate: number;
  readonly authority: number;
  readonly key: number;
  readonly pin: number;
}

/** As public clients of the card know it: OpenSC's card-jpki.c and others. RSA-2048, since 2016. */
export const firstGeneration: JpkiLayout = {
  application: Uint8Array.of(0xd3, 0x92, 0xf0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01),
  algorithm: "rsa-sha256",
  authentication: { certificate: 0x000a, authority: 0x000b, key: 0x0017, pin: 0x0018 },
  signature: { certificate: 0x0001, authority: 0x0002, key: 0x001a, pin: 0x001b },
};
