import * as z from "zod";
import { TeburaError } from "../errors.ts";
import { openWith, sealTo } from "../hpke.ts";
import { type DeviceId, pseudonymSchema } from "../ids.ts";
import { personDetailsSchema } from "./person-details.ts";

const rowSchema = z.strictObject({ person: pseudonymSchema, details: personDetailsSchema });
/** What somebody of a shelter is called, as its own box needs to know it. */
export type ToldName = Readonly<z.infer<typeof rowSchema>>;
const rowsSchema = z.array(rowSchema);

/** Of the names of one sheet, as JSON: base64url twice over, it still fits into one message. */
const sheetBytesMax = 34_000;

/** The names in portions for one sheet each. */
export function portionsOf(names: readonly ToldName[]): readonly (readonly ToldName[])[] {
  const portions: ToldName[][] = [];
  let bytes = sheetBytesMax;
  for (const name of names) {
    const more = Buffer.byteLength(JSON.stringify(name)) + 1;
    if (bytes + more > sheetBytesMax) {
      portions.push([]);
      bytes = 2;
    }
    portions.at(-1)?.push(name);
    bytes += more;
  }
  return portions;
}

/** The sheet that names lie in: they open nowhere else. */
interface SheetOfNames {
  readonly device: DeviceId;
  readonly serial: number;
  readonly sheet: number;
}

const bindingOf = ({ device, serial, sheet }: SheetOfNames) => ({
  info: "tebura-shelter-names-v1",
  aad: Buffer.from(`${device} ${serial} ${sheet}`),
});

/** Seals names to a box's own key (HPKE), as base64url. */
export async function sealNames(
  names: readonly ToldName[],
  sheet: SheetOfNames,
  boxKey: string,
): Promise<string> {
  const plain = Buffer.from(JSON.stringify(names));
  const sealed = await sealTo(Buffer.from(boxKey, "base64url"), plain, bindingOf(sheet));
  plain.fill(0);
  return Buffer.from(sealed).toString("base64url");
}

/** Opens the names of a sheet that was verified. Throws LIST_INVALID, and says nothing of the contents. */
export async function openNames(
  sheet: SheetOfNames & { readonly sealed: string },
  privateKey: Uint8Array,
): Promise<readonly ToldName[]> {
  try {
    const bytes = Buffer.from(sheet.sealed, "base64url");
    const plain = await openWith(privateKey, bytes, bindingOf(sheet));
    return rowsSchema.parse(JSON.parse(Buffer.from(plain).toString("utf8")));
  } catch {
    throw new TeburaError("LIST_INVALID", `names for ${sheet.device} do not open with its key`);
  }
}
