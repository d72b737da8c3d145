import { createPrivateKey, createPublicKey, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { WallMs } from "#contract/ids.ts";
import { parseCertificate } from "#contract/pki/certificate.ts";
import {
  basicConstraints,
  distributionPoint,
  type Issued,
  issue,
  type KeyPair,
  keyUsages,
  policies,
} from "#contract/pki/certificate-writer.ts";
import { writeCrl } from "#contract/pki/crl-writer.ts";
import { nameOf } from "#contract/pki/der-writer.ts";
import { secretFile } from "#runtime/key-file.ts";
import { freshKeyPair } from "./certificates.ts";
import { VirtualCard } from "./virtual-card.ts";
import type { VirtualCardContents } from "./virtual-files.ts";

/** PINs of the trial card: they protect nothing, and everybody may know them. */
export const trialPins = {
  ...{ authentication: "1234", signature: "TEBURA1234", text: "5678" },
  /** Number B: born on the attributes' day, good until 2030, code 4321. */
  numberB: "12022920304321",
} as const;

/** Of nobody: a name that no register holds, in a place that is on no map. */
const trialAttributes = {
  ...{ name: "手ぶら 花子", address: "架空県手ぶら市空手町1丁目2番3号" },
  ...{ birthDate: "20000229", sex: "2", pin: trialPins.text },
};

export const trialPolicies = {
  authentication: "1.2.392.200149.8.5.1.3.30",
  signature: "1.2.392.200149.8.5.1.1.20",
} as const;

const dayMs = 24 * 3_600_000;
const partition = nameOf(["C", "JP"], ["O", "JPKI-TEST"], ["OU", "CRL"], ["CN", "Trial City"]);

/** What is the matter with a trial card. A `minor` has no signature certificate, as nobody under 15 has. */
export const trialKinds = [
  "healthy",
  "expired",
  "revoked",
  "foreign",
  "blocked",
  "torn",
  "slow",
  "lying",
  "minor",
] as const;
export type TrialKind = (typeof trialKinds)[number];

export interface TrialAuthority {
  /** What lies on the card; `openTrialCard` makes a card of it. */
  readonly card: VirtualCardContents;
  /** Anchors and CRLs as files: what a box and a gateway trust while a trial lasts, and nothing else. */
  readonly trustDir: string;
}

/**
 * An authority that nobody trusts but this data folder, and one card of it; made on first use and
 * kept, so that the trial card is the same one tomorrow. Its CRL is issued anew at each start.
 */
export function openTrialAuthority(
  folder: string,
  wall: () => WallMs,
  kind: TrialKind = "healthy",
): TrialAuthority {
  const now = wall();
  const authorities = {
    authentication: authorityFor("user authentication", folder, now),
    signature: authorityFor("digital signature", folder, now),
  };
  const authentication = cardKey("authentication", authorities.authentication, folder, now, kind);
  const isRevoked = [{ serial: serialOf(authentication), at: (now - dayMs) as WallMs }];
  const trustDir = join(folder, "trust");
  for (const kind of ["anchors", "crls"]) mkdirSync(join(trustDir, kind), { recursive: true });
  for (const [purpose, issuer] of Object.entries(authorities)) {
    writeFileSync(join(trustDir, "anchors", `${purpose}.cer`), issuer.der);
    const crl = writeCrl({
      ...{ issuer, partition, revoked: kind === "revoked" ? isRevoked : [] },
      ...{ thisUpdate: (now - 3_600_000) as WallMs, nextUpdate: (now + 30 * dayMs) as WallMs },
    });
    writeFileSync(join(trustDir, "crls", `${purpose}.crl`), crl);
  }
  return {
    trustDir,
    card: {
      authentication,
      ...(kind === "minor"
        ? {}
        : { signature: cardKey("signature", authorities.signature, folder, now, "healthy") }),
      attributes: trialAttributes,
      ...trialFace(folder),
      uid: Buffer.from(
        kept(join(folder, "uid"), () => randomBytes(4).toString("hex")),
        "hex",
      ),
    },
  };
}

/** Whoever wants a photograph on the trial card lays one beside its keys: grey, JPEG 2000. */
function trialFace(folder: string): Pick<VirtualCardContents, "face"> {
  const path = join(folder, "photograph.jp2");
  if (!existsSync(path)) return {};
  return { face: { photograph: readFileSync(path), numberB: trialPins.numberB } };
}

/** The trial card as a program, misbehaving as its kind says. */
export function openTrialCard({ card }: TrialAuthority, kind: TrialKind): VirtualCard {
  if (kind === "torn") return new VirtualCard(card, { fault: { kind, afterCommands: 6 } });
  if (kind === "slow") return new VirtualCard(card, { fault: { kind, delayMs: 400 } });
  if (kind === "lying") return new VirtualCard(card, { fault: { kind } });
  return new VirtualCard(card, kind === "blocked" ? { triesLeft: { authentication: 0 } } : {});
}

const serialOf = ({ certificate }: VirtualCardContents["authentication"]) =>
  BigInt(`0x${parseCertificate(certificate).serial}`);

function authorityFor(purpose: string, folder: string, now: WallMs): Issued {
  const file = purpose.replace(" ", "-");
  const name = nameOf(["C", "JP"], ["O", "JPKI-TEST"], ["OU", `JPKI for ${purpose}`]);
  const key = keptKey(join(folder, `${file}-authority.key`));
  const serial = 1;
  const der = keptDer(join(folder, `${file}-authority.cer`), () => {
    return issue({
      ...{ issuer: { name, key }, name, key, serial },
      ...{ notBefore: (now - dayMs) as WallMs, notAfter: (now + 3_650 * dayMs) as WallMs },
      extensions: [basicConstraints(true), keyUsages(5, 6)],
    }).der;
  });
  return { name, key, der, serial };
}

function cardKey(
  purpose: keyof typeof trialPolicies,
  trusted: Issued,
  folder: string,
  now: WallMs,
  kind: TrialKind,
): VirtualCardContents["authentication"] {
  const key = keptKey(join(folder, `${purpose}.key`));
  // What is not in the certificate itself leaves the card the same one.
  const variant = kind === "expired" || kind === "revoked" || kind === "foreign" ? `-${kind}` : "";
  const issuer = kind === "foreign" ? authorityFor("nobody", folder, now) : trusted;
  const days = kind === "expired" ? [-400, -1] : [-1, 1_825];
  const [notBefore, notAfter] = days.map((day) => (now + day * dayMs) as WallMs);
  const certificate = keptDer(join(folder, `${purpose}${variant}.cer`), () => {
    const usages = purpose === "signature" ? keyUsages(0, 1) : keyUsages(0);
    return issue({
      ...{ issuer, key, name: nameOf(["C", "JP"], ["CN", "Trial Card"]) },
      serial: randomBytes(6).readUIntBE(0, 6),
      ...{ notBefore: notBefore!, notAfter: notAfter! },
      extensions: [usages, policies(trialPolicies[purpose]), distributionPoint(partition)],
    }).der;
  });
  return { certificate, authority: issuer.der, key, pin: trialPins[purpose] };
}

function keptKey(path: string): KeyPair {
  const pem = kept(path, () =>
    freshKeyPair("rsa-2048").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  );
  const privateKey = createPrivateKey(pem);
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

const keptDer = (path: string, make: () => Uint8Array): Uint8Array =>
  Buffer.from(
    kept(path, () => Buffer.from(make()).toString("base64")),
    "base64",
  );

const kept = (path: string, make: () => string): string => secretFile(path, make);
