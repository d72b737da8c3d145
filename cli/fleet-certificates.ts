import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { TeburaError } from "#contract/errors.ts";
import type { gatewayFiles } from "#gateway/config.ts";
import { DeviceAuthority } from "#gateway/fleet/authority.ts";
import { Members } from "#gateway/fleet/members.ts";
import { DeviceRegistry } from "#gateway/registry/device-registry.ts";
import { replaceFile } from "#runtime/key-file.ts";
import { type Io, printResult } from "./io.ts";
import { clock } from "./parts.ts";

type Files = ReturnType<typeof gatewayFiles>;

/** Writes what a broker of somebody's own needs to speak TLS with the fleet: key, certificate, authority. */
export function certificate(
  files: Files,
  wanted: { readonly host?: string; readonly out?: string; readonly json: boolean },
  io: Io,
): void {
  if (wanted.host === undefined || wanted.out === undefined) {
    throw new TeburaError("USAGE", "tebura fleet certificate takes --host HOST and --out DIR");
  }
  const authority = new DeviceAuthority(files, clock);
  const { key, pem, notAfter } = authority.certifyServer(wanted.host.split(","));
  const folder = resolve(wanted.out);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const written = {
    key: join(folder, "broker.key"),
    certificate: join(folder, "broker.crt"),
    authority: join(folder, "authority.crt"),
  };
  replaceFile(written.key, key);
  replaceFile(written.certificate, pem);
  replaceFile(written.authority, authority.certificate);
  const expires = new Date(notAfter).toISOString();
  printResult(
    io,
    wanted.json,
    { ...written, expires },
    () => `${Object.values(written).join("\n")}\ngood until ${expires}`,
  );
}

/** Prints the certificates of revoked boxes as a CRL in PEM (RFC 5280 section 5). */
export function revocationList(files: Files, json: boolean, io: Io): void {
  using registry = new DeviceRegistry(files.devices);
  using members = new Members(files.members);
  const revoked = members.certificates(clock.wall()).flatMap(({ serial, device }) => {
    const at = registry.get(device)?.revokedAt ?? null;
    return at === null ? [] : [{ serial, at }];
  });
  const crl = new DeviceAuthority(files, clock).revocationList(revoked);
  printResult(io, json, { revoked: revoked.length, crl }, () => crl.trimEnd());
}
