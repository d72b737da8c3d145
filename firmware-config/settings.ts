import * as z from "zod";
import { deviceIdSchema } from "#contract/ids.ts";
import { serviceSchema } from "#contract/services.ts";
import { boxDutiesSchema } from "./box-duties.ts";
import { cityMapSchema } from "./city-map.ts";
import { consentSettingsSchema } from "./consent.ts";
import { parseConfig, readJsonFile } from "./parse.ts";
import { policyFileSchema } from "./policy-file.ts";
import { retentionSettingsSchema } from "./retention.ts";
import { defaultSchoolRules, schoolRulesSchema } from "./school.ts";
import { noticeSettingsSchema } from "./school-notices.ts";
import { defaultServiceTerms, serviceTermsSchema } from "./service-terms.ts";

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

const schoolSettings = z
  .strictObject({
    /** How guardians are told; docs/school.md says how to set it up. */
    notices: noticeSettingsSchema.prefault({}),
    /** How long sightings are kept and when a notice is no news any more, by date. */
    rules: schoolRulesSchema.default([...defaultSchoolRules]),
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
          embedder: z.string().min(1).default("dlib-resnet-int8"),
        })
        .prefault({}),
      kiosk: z
        .strictObject({
          host: host.default("127.0.0.1"),
          port: port.default(8081),
          /**
           * Who may press "enrol" at the screen: "operator" (nobody there; the operator's page does it) or
           * "anybody". Unset, whoever has a card where consents are signed, and nobody in a trial but
           * that of "npm start".
           */
          enrolment: z.enum(["operator", "anybody"]).optional(),
        })
        .prefault({}),
      /** What a card must be to count here; the gateway judges by its own. */
      stepUp: z.strictObject(cardTrust).prefault({}),
      /** What seals the box's keys at rest; docs/key-store.md says how to set each up. */
      keyStore: z
        .discriminatedUnion("kind", [
          z.strictObject({ kind: z.literal("file") }),
          z.strictObject({
            kind: z.literal("tpm"),
            /** An index of the owner's part of the TPM's memory. */
            index: z
              .string()
              .regex(/^0x01[89ab][0-9a-f]{5}$/i)
              .default("0x01854254"),
            tcti: z.string().min(1).optional(),
          }),
          z.strictObject({
            kind: z.literal("pkcs11"),
            /** The token's library, for example /usr/lib/softhsm/libsofthsm2.so. */
            module: z.string().min(1),
            token: z.string().min(1),
            /** A file that holds the user's PIN and that only the box's user can read. */
            pinFile: z.string().min(1),
          }),
        ])
        .default({ kind: "file" }),
      /** Where the box stands, for the services that have to know. */
      place: boxDutiesSchema,
      /** Photographs outside the box's folder that people were enrolled from, when their service ends. */
      endOfService: z
        .strictObject({ photographs: z.enum(["leave", "delete"]).default("leave") })
        .prefault({}),
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
      mqttPort: port.default(8883),
      /** Off, the embedded broker speaks plainly, on a loopback address only. */
      mqttTls: z.boolean().default(true),
      /** Where boxes join, and get their next certificate. */
      fleetPort: port.default(8443),
      /** Names and addresses under which boxes reach this gateway; none, those that it finds itself. */
      hosts: z.array(z.string().regex(/^[A-Za-z0-9.-]{1,253}$/)).default([]),
      /** Where boxes find the external broker, if it is elsewhere for them than for the gateway. */
      boxBrokerUrl: z.url({ protocol: /^(mqtt|mqtts|ws|wss)$/ }).optional(),
      /** An external broker, in place of the embedded one. */
      brokerUrl: z.url({ protocol: /^(mqtt|mqtts|ws|wss)$/ }).optional(),
      /** A hospital's or the insurer's system that a crew's emergency look-up reads from. */
      medicalSource: z
        .strictObject({
          url: z.url({ protocol: /^https?$/ }),
          /** A file that holds the token that the system wants. */
          tokenFile: z.string().min(1).optional(),
        })
        .optional(),
      /** The bus operator's GTFS feed: a folder, or a zip file. */
      gtfs: z.string().min(1).optional(),
      timeZone: z.string().default("Asia/Tokyo"),
      /** Where browsers find the gateway's pages: https and a name. Unset, http://localhost here. */
      publicUrl: z.url({ protocol: /^https?$/ }).optional(),
      /** When a session of staff ends: unused for so long, and in any case. */
      sessions: z
        .strictObject({
          idleMinutes: z.number().min(1).max(1_440).default(30),
          hours: z.number().min(0.1).max(168).default(12),
        })
        .prefault({}),
      school: schoolSettings,
      /** Where boxes stand, for the console's map; its stops are those of the feed. */
      map: cityMapSchema,
      /** How long what is not the ledger is kept. */
      retention: retentionSettingsSchema,
      stepUp: stepUpSettings,
    })
    .prefault({}),
  /** What services ask for and the rules that they go by, until a signed policy takes its place. */
  policy: policyFileSchema.prefault({}),
  /** Whether people are enrolled on a signed consent, and what they are asked for. */
  consent: consentSettingsSchema,
  /** When services end, such as a trial's. */
  serviceTerms: serviceTermsSchema.default([...defaultServiceTerms]),
});
export type Settings = z.infer<typeof settingsSchema>;

/** Settings from a JSON file, or the embedded defaults. Throws CONFIG_INVALID. */
export function readSettings(path: string | undefined): Settings {
  return path === undefined
    ? parseConfig(settingsSchema, {}, "defaults")
    : parseConfig(settingsSchema, readJsonFile(path), path);
}
