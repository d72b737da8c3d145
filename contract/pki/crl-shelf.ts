import type { Certificate } from "./certificate.ts";
import type { Crl } from "./crl.ts";
import { pointsOf } from "./crl-scope.ts";
import { directoryName, pointKeys } from "./general-names.ts";

/** Many CRLs, of which a certificate concerns few: one authority here has one for each city. */
export interface CrlShelf {
  /** Every CRL that can cover `certificate`; where none does, whatever its issuer has signed. */
  for(certificate: Certificate): readonly Crl[];
}

/** Sorts CRLs by issuer and partition. It selects only: whether a CRL counts is decided later. */
export function createCrlShelf(crls: readonly Crl[]): CrlShelf {
  const shelf = new Map<string, Crl[]>();
  const put = (key: string, crl: Crl) => {
    const found = shelf.get(key);
    if (found) found.push(crl);
    else shelf.set(key, [crl]);
  };
  for (const crl of crls) {
    const name = crl.issuingPoint?.name;
    put(`issuer ${crl.issuer.key}`, crl);
    if (!name) put(`whole ${crl.issuer.key}`, crl);
    else for (const key of pointKeys(name, [crl.issuer])) put(partKey(crl.issuer.key, key), crl);
  }
  return {
    for(certificate) {
      const found = new Set<Crl>();
      const issuers = new Set<string>();
      for (const point of pointsOf(certificate)) {
        const by = point.crlIssuer.length > 0 ? point.crlIssuer : [certificate.issuer];
        const parts = point.name
          ? pointKeys(point.name, by)
          : point.crlIssuer.map((issuer) => directoryName(issuer).key);
        for (const { key } of by) {
          issuers.add(key);
          for (const crl of shelf.get(`whole ${key}`) ?? []) found.add(crl);
          for (const part of parts)
            for (const crl of shelf.get(partKey(key, part)) ?? []) found.add(crl);
        }
      }
      if (found.size > 0) return [...found];
      // Nothing covers it: the others are shown, so that the refusal can say what was wrong.
      return [...issuers].flatMap((key) => shelf.get(`issuer ${key}`) ?? []);
    },
  };
}

const partKey = (issuer: string, part: string): string => `part ${issuer} ${part}`;
