import { randomBytes } from "node:crypto";
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import type { PersonId } from "#contract/ids.ts";
import type { TemplateSource } from "#device/gallery/index/template-source.ts";
import { Sealer } from "#device/gallery/sealing.ts";

const sealBytes = 28;

/** One sealed template for each person in a flat file, read as a gallery at rest would be. */
export class SealedRows implements TemplateSource, Disposable {
  readonly #file: number;
  readonly #sealer = new Sealer(randomBytes(32), "benchmark");
  readonly #dimensions: number;
  readonly #recordBytes: number;
  reads = 0;

  constructor(path: string, dimensions: number) {
    this.#file = openSync(path, "w+", 0o600);
    this.#dimensions = dimensions;
    this.#recordBytes = dimensions * 4 + sealBytes;
  }

  write(row: number, template: Float32Array): void {
    const plain = new Uint8Array(template.buffer, template.byteOffset, template.byteLength);
    const sealed = this.#sealer.seal(plain, personOf(row));
    writeSync(this.#file, sealed, 0, sealed.length, row * this.#recordBytes);
  }

  templatesOf(person: PersonId): readonly Float32Array[] {
    this.reads += 1;
    const sealed = Buffer.alloc(this.#recordBytes);
    readSync(this.#file, sealed, 0, sealed.length, rowOf(person) * this.#recordBytes);
    const plain = this.#sealer.open(sealed, person);
    if (plain === undefined) return [];
    const template = new Float32Array(this.#dimensions);
    Buffer.from(template.buffer).set(plain);
    return [template];
  }

  [Symbol.dispose](): void {
    this.#sealer[Symbol.dispose]();
    closeSync(this.#file);
  }
}

/** Shaped like the random UUIDs of the gallery, so that they cost as much. */
export function personOf(row: number): PersonId {
  const text = `00000000-0000-4000-8000-${row.toString(16).padStart(12, "0")}`;
  // A string that was joined from parts keeps the parts alive; one from a database does not.
  return Buffer.from(text).toString("latin1") as PersonId;
}

function rowOf(person: PersonId): number {
  return Number.parseInt(person.slice(-12), 16);
}
