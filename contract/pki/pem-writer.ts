/** One block of PEM (RFC 7468 section 2): 64 characters a line. */
export function toPem(label: "CERTIFICATE" | "X509 CRL", der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
