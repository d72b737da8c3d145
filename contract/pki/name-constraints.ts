import type { Certificate } from "./certificate.ts";
import type { NameConstraints } from "./extension-values.ts";
import { directoryName, type GeneralName } from "./general-names.ts";
import { isWithin } from "./names.ts";

/** What the authorities so far leave open: inside every permitted set, outside every excluded name. */
export interface NameSpace {
  readonly permitted: readonly (readonly GeneralName[])[];
  readonly excluded: readonly GeneralName[];
}

export const everyName: NameSpace = Object.freeze({ permitted: [], excluded: [] });

/** RFC 5280 section 6.1.4 (g). Keeping each permitted set is the intersection that it asks for. */
export function narrowed(space: NameSpace, constraints: NameConstraints | undefined): NameSpace {
  if (!constraints) return space;
  return {
    permitted: [...space.permitted, constraints.permitted],
    excluded: [...space.excluded, ...constraints.excluded],
  };
}

export type NameVerdict =
  | "allowed"
  | "NAME_NOT_PERMITTED"
  | "NAME_EXCLUDED"
  | "NAME_CONSTRAINT_UNSUPPORTED";

/** RFC 5280 section 6.1.3 (b) and (c) over the subject and every subject alternative name. */
export function checkNames(space: NameSpace, certificate: Certificate): NameVerdict {
  for (const name of namesOf(certificate)) {
    for (const bases of space.permitted) {
      const ofItsKind = bases.filter((base) => sameKind(base, name));
      if (ofItsKind.length === 0) continue;
      const verdicts = ofItsKind.map((base) => matches(name, base));
      if (verdicts.includes("cannot-tell")) return "NAME_CONSTRAINT_UNSUPPORTED";
      if (!verdicts.includes("inside")) return "NAME_NOT_PERMITTED";
    }
    for (const base of space.excluded.filter((one) => sameKind(one, name))) {
      const verdict = matches(name, base);
      if (verdict === "cannot-tell") return "NAME_CONSTRAINT_UNSUPPORTED";
      if (verdict === "inside") return "NAME_EXCLUDED";
    }
  }
  return "allowed";
}

/** An address in the subject stands in for a missing alternative name (section 4.2.1.10). */
function namesOf(certificate: Certificate): readonly GeneralName[] {
  const { subject, extensions } = certificate;
  const alternatives = extensions.subjectAltNames;
  const names = [...alternatives];
  if (subject.parts.length > 0) names.push(directoryName(subject));
  if (!alternatives.some((name) => name.kind === "email")) {
    for (const value of subject.emails) names.push({ kind: "email", value, key: value });
  }
  return names;
}

function sameKind(base: GeneralName, name: GeneralName): boolean {
  if (base.kind === "other" && name.kind === "other") return base.type === name.type;
  return base.kind === name.kind;
}

type Match = "inside" | "outside" | "cannot-tell";

function matches(name: GeneralName, base: GeneralName): Match {
  if (name.kind === "directory" && base.kind === "directory") {
    return inside(isWithin(name.name, base.name));
  }
  if (name.kind === "email" && base.kind === "email") return emailWithin(name.value, base.value);
  if (name.kind === "dns" && base.kind === "dns") {
    return inside(hostBelow(hostOf(name.value), lower(base.value)));
  }
  if (name.kind === "uri" && base.kind === "uri") return uriWithin(name.value, base.value);
  if (name.kind === "ip" && base.kind === "ip") return addressWithin(name.bytes, base.bytes);
  return "cannot-tell"; // A constraint on a kind of name that nobody here can compare.
}

const inside = (held: boolean): Match => (held ? "inside" : "outside");
const lower = (host: string): string => host.toLowerCase();
/** A name's host; a dot at its end means the same host and must not slip past an exclusion. */
const hostOf = (host: string): string => lower(host).replace(/\.$/, "");

/** The base itself or labels added to its left; an empty base holds every host. */
function hostBelow(host: string, base: string): boolean {
  if (base === "" || host === base) return true;
  return host.endsWith(base.startsWith(".") ? base : `.${base}`);
}

/** A leading dot asks for a host below, no dot for that very host. */
function hostFits(host: string, base: string): boolean {
  return base.startsWith(".") ? host.endsWith(base) && host.length > base.length : host === base;
}

/** A base is a mailbox, a host, or a domain with a leading dot. Local parts keep their case. */
function emailWithin(address: string, base: string): Match {
  const at = address.lastIndexOf("@");
  if (at < 1) return "cannot-tell";
  const host = hostOf(address.slice(at + 1));
  const baseAt = base.lastIndexOf("@");
  if (baseAt < 0) return inside(hostFits(host, lower(base)));
  const sameMailbox = address.slice(0, at) === base.slice(0, baseAt);
  return inside(sameMailbox && host === lower(base.slice(baseAt + 1)));
}

/** Only the host of a URI is constrained; one without a host name cannot be judged. */
function uriWithin(uri: string, base: string): Match {
  const authority = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#]*)/.exec(uri)?.[1];
  const host = authority && hostOf(authority.replace(/^.*@/, "").replace(/:\d*$/, ""));
  if (!host || host.startsWith("[") || /^[\d.]+$/.test(host)) return "cannot-tell";
  return inside(hostFits(host, lower(base)));
}

/** A base is an address and a mask of the same length. */
function addressWithin(address: Uint8Array, base: Uint8Array): Match {
  if (base.length !== 8 && base.length !== 32) return "cannot-tell";
  if (address.length * 2 !== base.length) return "outside";
  return inside(
    address.every((byte, index) => {
      const mask = base[address.length + index] ?? 0xff;
      return (byte & mask) === ((base[index] ?? 0) & mask);
    }),
  );
}
