import * as z from "zod";
import { deviceIdSchema } from "#contract/ids.ts";
import { serviceSchema } from "#contract/services.ts";
import { parseConfig, readJsonFile } from "./parse.ts";
import { defaultPolicyTable, policyTableSchema } from "./policy.ts";

const port = z.int().min(0).max(65_535);
const host = z.string().min(1);

/** JPKI's policy for certificates of user authentication (利用者証明用); tests and other authorities differ. */
const authenticationPolicy = "1.2.392.200149.8.5.1.3.30";

/** What a card must be to count. Anchors, CRLs and OCSP responses lie in a folder of their own. */
const cardTrust = {
  /** Holds `anchors`, `crls` and `ocsp`; unset, `trust` in the part's own data folder. */
  trustDir: z.string().min(1).optional(),
  policies: z
    .array(z.string().regex(/^\d+(\.\d+)+$/))
    .min(1)
    .default([authenticationPolicy]),
  /** Older revocation data counts as none. */
  crlAgeHoursMax: z.number().positive().default(72),
};

const stepUpSettings = z
  .strictObject({
    ...cardTrust,
    /** A card that nobody knows is linked to whom it proves itself for, or refused. */
    unknownCard: z.enum(["link", "refuse"]).default("link"),
    /** How far the moment that the card signed may lie from the event's. */
    apartSecondsMax: z.number().positive().default(120),
  })
  .prefault({});

/** Everything an installation can set, with an embedded default for each. A key too many is refused. */
export const settingsSchema = z.strictObject({
  /** Unset, `.tebura/data` beside the program. */
  dataDir: z.string().min(1).optional(),
  device: z
    .strictObject({
      id: deviceIdSchema.optional(),
      service: serviceSchema.default("bus.boarding"),
      source: z.string().min(1).default("kiosk"),
      /** Names of bundled networks, or of networks that "tebura models add" added. */
      models: z
        .strictObject({
          detector: z.string().min(1).default("blazeface"),
          embedder: z.string().min(1).default("dlib-resnet"),
        })
        .prefault({}),
      kiosk: z
        .strictObject({ host: host.default("127.0.0.1"), port: port.default(8081) })
        .prefault({}),
      /** What a card must be to count here; the gateway judges by its own. */
      stepUp: z.strictObject(cardTrust).prefault({}),
      /** Where events go. Unset, the gateway in the same process. */
      mqttUrl: z.url({ protocol: /^(mqtt|mqtts|ws|wss)$/ }).optional(),
      /** The gateway's public key, a PEM file; unset, the gateway in the same process. */
      gatewayKeyFile: z.string().optional(),
    })
    .prefault({}),
  gateway: z
    .strictObject({
      host: host.default("127.0.0.1"),
      httpPort: port.default(8080),
      mqttPort: port.default(1883),
      /** An external broker, in place of the embedded one. */
      brokerUrl: z.url({ protocol: /^(mqtt|mqtts|ws|wss)$/ }).optional(),
      timeZone: z.string().default("Asia/Tokyo"),
      stepUp: stepUpSettings,
    })
    .prefault({}),
  policy: policyTableSchema.default(defaultPolicyTable),
});
export type Settings = z.infer<typeof settingsSchema>;

/** Settings from a JSON file, or the embedded defaults. Throws CONFIG_INVALID. */
export function readSettings(path: string | undefined): Settings {
  return path === undefined
    ? parseConfig(settingsSchema, {}, "defaults")
    : parseConfig(settingsSchema, readJsonFile(path), path);
}
