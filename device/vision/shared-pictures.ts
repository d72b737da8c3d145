import type { RgbImage } from "#models/image.ts";

/** Pixels that two threads see: of which buffer, and the picture's size. */
export interface SharedPicture {
  readonly slot: number;
  readonly width: number;
  readonly height: number;
}

interface Slot {
  readonly pixels: Uint8Array<SharedArrayBuffer>;
  image: RgbImage | undefined;
  /** Tasks that still read it. */
  readers: number;
}

/** The newest frame, and one that a slower task still looks at. More are added only if more are read. */
const slotsUsual = 2;

/**
 * Copies a picture once into memory that another thread reads too; the tasks that follow on the same
 * picture find it there. A buffer that nobody reads any more is filled again.
 */
export class SharedPictures {
  readonly #slots: Slot[] = [];
  #newest = -1;
  readonly #announce: (slot: number, pixels: Uint8Array<SharedArrayBuffer>) => void;

  /** `announce` tells the other thread of a buffer, before any picture in it. */
  constructor(announce: (slot: number, pixels: Uint8Array<SharedArrayBuffer>) => void) {
    this.#announce = announce;
  }

  /**
   * Where the picture is. With `isNew` its pixels are copied even if the same object was seen before.
   * Call `release` when the task that reads it has ended.
   */
  take(image: RgbImage, isNew: boolean): SharedPicture {
    const known = isNew ? -1 : this.#slots.findIndex((slot) => slot.image === image);
    const slot = known === -1 ? this.#fill(image) : known;
    this.#slots[slot]!.readers += 1;
    return { slot, width: image.width, height: image.height };
  }

  release({ slot }: SharedPicture): void {
    this.#slots[slot]!.readers -= 1;
  }

  /** Nobody's face stays in memory. */
  wipe(): void {
    for (const slot of this.#slots) {
      slot.pixels.fill(0);
      slot.image = undefined;
    }
  }

  #fill(image: RgbImage): number {
    const { length } = image.data;
    const isFree = ({ readers, pixels }: Slot) => readers === 0 && pixels.length >= length;
    const { length: count } = this.#slots;
    // The one that was filled longest ago first, so that the newest picture stays.
    const order = this.#slots.map((_, i) => (this.#newest + 1 + i) % count);
    const free = count < slotsUsual ? undefined : order.find((i) => isFree(this.#slots[i]!));
    const index = free ?? this.#add(length);
    const slot = this.#slots[index]!;
    slot.pixels.set(image.data);
    slot.image = image;
    this.#newest = index;
    return index;
  }

  #add(length: number): number {
    const pixels = new Uint8Array(new SharedArrayBuffer(length));
    this.#slots.push({ pixels, image: undefined, readers: 0 });
    this.#announce(this.#slots.length - 1, pixels);
    return this.#slots.length - 1;
  }
}
