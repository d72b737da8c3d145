import type { KeyObject } from "node:crypto";
import * as z from "zod";
import { TeburaError } from "../errors.ts";
import { openWith, sealTo } from "../hpke.ts";
import { type DeviceId, deviceIdSchema, pseudonymSchema, wallMsSchema } from "../ids.ts";
import { seal, unseal } from "../seal.ts";
import { personDetailsSchema } from "./person-details.ts";

/** Rows of one handover, so that it fits into one message. */
export const handoverRowsMax = 6;

const rowSchema = z.strictObject({
  person: pseudonymSchema,
  at: wallMsSchema,
  /** Null for somebody whose data was erased. */
  details: personDetailsSchema.nullable(),
  /** Who may be told where this person is, as they would prove it. */
  families: z.array(z.strictObject({ kana: z.string().max(80), birthDate: z.iso.date() })).max(8),
});
export type HandoverRow = Readonly<z.infer<typeof rowSchema>>;
const rowsSchema = z.array(rowSchema).min(1).max(handoverRowsMax);

/** Names that a shelter's box took down while it was alone, sealed to the gateway and signed by the box. */
const handoverSchema = z.strictObject({
  v: z.literal(1),
  device: deviceIdSchema,
  /** The box numbers what it hands over from 1; this is the last number in here. */
  number: z.int().min(1),
  sealed: z.string().regex(/^[A-Za-z0-9_-]+$/),
});

export interface Handover {
  readonly number: number;
  readonly rows: readonly HandoverRow[];
}

const bindingOf = (device: DeviceId, number: number) => ({
  info: "tebura-handover-v1",
  aad: Buffer.from(`${device} ${number}`),
});

/** Seals rows to the gateway's handover key, then signs the whole with the box's own key. */
export async function sealHandover(
  { number, rows }: Handover,
  box: { readonly device: DeviceId; readonly privateKey: KeyObject; readonly gatewayKey: string },
): Promise<string> {
  const { device, privateKey, gatewayKey } = box;
  const plain = Buffer.from(JSON.stringify(rows));
  const to = Buffer.from(gatewayKey, "base64url");
  const sealed = await sealTo(to, plain, bindingOf(device, number));
  plain.fill(0);
  const handover = { v: 1, device, number, sealed: Buffer.from(sealed).toString("base64url") };
  return await seal("tebura-handover+jws", handover, device, privateKey);
}

/** Verifies and opens a handover of `device`. Throws REQUEST_INVALID, and says nothing of the contents. */
export async function openHandover(
  sealed: string,
  device: DeviceId,
  keys: { readonly device: KeyObject; readonly gateway: Uint8Array },
): Promise<Handover> {
  try {
    const payload = await unseal("tebura-handover+jws", sealed, device, keys.device);
    const said = handoverSchema.parse(JSON.parse(Buffer.from(payload).toString("utf8")));
    const bytes = Buffer.from(said.sealed, "base64url");
    const plain = await openWith(keys.gateway, bytes, bindingOf(device, said.number));
    if (said.device === device) {
      const rows = rowsSchema.parse(JSON.parse(Buffer.from(plain).toString("utf8")));
      return { number: said.number, rows };
    }
  } catch {
    // Told below, without what it said.
  }
  throw new TeburaError("REQUEST_INVALID", `a handover of ${device} did not verify or open`);
}
