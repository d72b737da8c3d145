/**
 * The points of a face mesh that liveness looks at: 468 or 478 points as x, y, z, in the order of
 * Google's face mesh (Kartynnik et al., 2019). x and y in pixels of the picture, z on their scale,
 * smaller towards the camera.
 */
export type MeshPoints = Float32Array;

/** The six points of each eye in the order p1 to p6 of Soukupová and Čech (2016). */
export const eyePoints = {
  left: [33, 160, 158, 133, 153, 144],
  right: [362, 385, 387, 263, 373, 380],
} as const;

export const mouthPoints = { upper: 13, lower: 14, left: 61, right: 291 } as const;

/**
 * Points that skull and nose carry: what the face says or the eyelids do hardly moves them. Forehead,
 * temples, bridge and wings of the nose, cheekbones.
 */
export const rigidPoints = [
  10, 338, 297, 332, 284, 251, 389, 356, 454, 127, 162, 21, 54, 103, 67, 109, 234, 151, 9, 8, 168, 6,
  197, 195, 5, 4, 1, 19, 94, 2, 98, 327, 97, 326, 48, 278, 64, 294, 129, 358, 49, 279, 131, 360, 134,
  363, 51, 281, 45, 275, 220, 440, 115, 344, 114, 343, 122, 351, 188, 412, 174, 399, 236, 456, 3, 248,
  116, 345, 117, 346, 118, 347, 119, 348, 100, 329, 101, 330, 50, 280, 123, 352, 36, 266, 142, 371,
  126, 355, 108, 337, 69, 299, 104, 333, 68, 298, 71, 301, 139, 368, 143, 372, 34, 264, 227, 447, 93,
  323, 137, 366, 177, 401,
] as const; // biome-ignore format: a table

/** Distance of two points of a mesh in space. */
export function meshDistance(points: MeshPoints, a: number, b: number): number {
  const [i, j] = [a * 3, b * 3];
  return Math.hypot(
    points[i]! - points[j]!,
    points[i + 1]! - points[j + 1]!,
    points[i + 2]! - points[j + 2]!,
  );
}
