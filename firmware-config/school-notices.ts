import * as z from "zod";

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/;
const file = z.string().min(1);

const smtpSchema = z
  .strictObject({
    host: z.string().min(1),
    port: z.int().min(1).max(65_535).default(587),
    /** "starttls" insists on it; "tls" speaks it from the first byte (port 465); "none" on this machine alone. */
    security: z.enum(["starttls", "tls", "none"]).default("starttls"),
    user: z.string().min(1).optional(),
    /** A file that holds the password and that only the gateway's user can read. */
    passwordFile: file.optional(),
    /** Who the notices come from: `school@example.jp`, or `桃ノ木小学校 <school@example.jp>`. */
    from: z
      .string()
      .max(320)
      .regex(/^(?:[^<>\r\n"]{1,80} <[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/, "a mail address"),
    /** Certificates of the authority that the server's own comes from, as PEM, where it is no public one. */
    caFile: file.optional(),
  })
  .refine(({ security, host }) => security !== "none" || loopback.test(host), {
    message: "mail goes unsealed to this machine alone; set starttls or tls",
    path: ["security"],
  })
  .refine(({ user, passwordFile }) => (user === undefined) === (passwordFile === undefined), {
    message: "user and passwordFile go together",
    path: ["passwordFile"],
  });
export type SmtpSettings = Readonly<z.infer<typeof smtpSchema>>;

const webhookSchema = z.strictObject({
  /** Where webhooks of guardians may go: `https://app.example.jp`, with a port where it is not 443. */
  origin: z
    .url({ protocol: /^https$/ })
    .refine((text) => new URL(text).origin === text, "an origin: no path, no final slash"),
  /** An HMAC under a secret that the receiver shares, or the gateway's own key, whose public half is no secret. */
  signing: z
    .discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("hmac"), secretFile: file }),
      z.strictObject({ kind: z.literal("gateway-key") }),
    ])
    .default({ kind: "gateway-key" }),
  caFile: file.optional(),
});
export type WebhookSettings = Readonly<z.infer<typeof webhookSchema>>;

/** How guardians are told. With neither, nobody is. */
export const noticeSettingsSchema = z.strictObject({
  smtp: smtpSchema.optional(),
  webhooks: z
    .array(webhookSchema)
    .max(20)
    .refine((all) => new Set(all.map(({ origin }) => origin)).size === all.length, {
      message: "each origin once",
    })
    .default([]),
});
export type NoticeSettings = Readonly<z.infer<typeof noticeSettingsSchema>>;
