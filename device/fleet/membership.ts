import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { TeburaError } from "#contract/errors.ts";
import { deviceIdSchema, type WallMs } from "#contract/ids.ts";
import type { JoinAnswer, RenewAnswer } from "#contract/membership.ts";
import { parseCertificate } from "#contract/pki/certificate.ts";
import { derObjects } from "#contract/pki/pem.ts";
import { type KeyPair, keyPairFile, publicKeyFile, replaceFile } from "#runtime/key-file.ts";
import { type KeyStore, plainKeyStore } from "#runtime/key-store/vault.ts";
import { keepNextRotation } from "../gallery/turn-gallery.ts";

const memberSchema = z.strictObject({
  v: z.literal(1),
  device: deviceIdSchema,
  /** The gateway's fleet service. */
  host: z.string().min(1),
  port: z.int().min(1).max(65_535),
  brokerUrl: z.url(),
});
export type Member = z.infer<typeof memberSchema>;

/** Where a box keeps what makes it a member of its fleet. */
export function membershipFiles(dataDir: string) {
  const fleet = join(dataDir, "fleet");
  return {
    member: join(fleet, "member.json"),
    certificate: join(fleet, "certificate.pem"),
    authority: join(fleet, "authority.pem"),
    gatewayKey: join(fleet, "gateway.pub"),
    /** Written when the box was told to leave; it is never opened again. */
    left: join(fleet, "left.json"),
    eventKey: join(dataDir, "keys", "device.key"),
    tlsKey: join(dataDir, "keys", "tls.key"),
    pseudonymKey: join(dataDir, "keys", "pseudonym.key"),
  };
}

/** What a box shows and believes when it speaks TLS; all PEM. */
export interface TlsCredentials {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

/** A box's standing in its fleet, as it lies in its data folder. */
export class Membership {
  readonly #files: ReturnType<typeof membershipFiles>;
  readonly member: Member;
  /** What seals the box's keys. */
  readonly store: KeyStore;

  constructor(dataDir: string, store: KeyStore = plainKeyStore) {
    this.store = store;
    this.#files = membershipFiles(dataDir);
    this.member = readMember(this.#files.member);
  }

  /** Undefined where the box has joined no fleet. */
  static of(dataDir: string, store: KeyStore = plainKeyStore): Membership | undefined {
    return existsSync(membershipFiles(dataDir).member) ? new Membership(dataDir, store) : undefined;
  }

  get gatewayKey() {
    return publicKeyFile(this.#files.gatewayKey);
  }

  get tlsKey(): KeyPair {
    return keyPairFile(this.#files.tlsKey, "p256", this.store);
  }

  /** Read anew each time: a renewal replaces the file. */
  get credentials(): TlsCredentials {
    const { certificate, authority } = this.#files;
    const key = this.tlsKey.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    return { key, cert: read(certificate), ca: read(authority) };
  }

  /** When the certificate runs out. */
  get notAfter(): WallMs {
    const [der] = derObjects(Buffer.from(read(this.#files.certificate)), "CERTIFICATE");
    return parseCertificate(der ?? new Uint8Array()).notAfter;
  }

  renewed({ certificate, authority }: RenewAnswer): void {
    replaceFile(this.#files.authority, authority);
    replaceFile(this.#files.certificate, certificate);
  }
}

/** Keeps what a gateway answered to a box that joined. The member's file comes last: it makes it one. */
export function keepMembership(
  dataDir: string,
  answer: JoinAnswer,
  fleet: { readonly host: string; readonly port: number },
  store: KeyStore = plainKeyStore,
): void {
  const files = membershipFiles(dataDir);
  mkdirSync(join(dataDir, "fleet"), { recursive: true, mode: 0o700 });
  replaceFile(files.certificate, answer.certificate);
  replaceFile(files.authority, answer.authority);
  replaceFile(files.gatewayKey, answer.gatewayKey);
  replaceFile(files.pseudonymKey, store.protect("pseudonym.key", answer.pseudonymKey));
  keepNextRotation(dataDir, Buffer.from(answer.rotationKey, "base64url"), store);
  const { device, brokerUrl } = answer;
  const member: Member = { v: 1, device, host: fleet.host, port: fleet.port, brokerUrl };
  replaceFile(files.member, `${JSON.stringify(member, null, 2)}\n`);
}

function readMember(path: string): Member {
  try {
    return memberSchema.parse(JSON.parse(read(path)));
  } catch (cause) {
    throw new TeburaError("DATA_CORRUPT", `${path} is damaged; let the box join its fleet again`, {
      cause,
    });
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new TeburaError("DATA_CORRUPT", `${path} is missing; let the box join its fleet again`, {
      cause,
    });
  }
}
