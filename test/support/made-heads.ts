import { chance } from "./made-face-shape.ts";

/** A head's place before a camera. Degrees; shift and size in pixels. */
export interface HeadPose {
  readonly yawDegrees?: number;
  readonly pitchDegrees?: number;
  readonly rollDegrees?: number;
  readonly x?: number;
  readonly y?: number;
  /** Pixels from the middle of the head to its side. */
  readonly size?: number;
  /** 1 open, 0 shut. */
  readonly eyesOpen?: number;
  /** 0 closed, 1 wide open. */
  readonly mouthOpen?: number;
}

const eyeHalfWidth = 0.17;
const eyesAt = [-0.4, 0.4] as const;
/** Corner, two above, corner, two below: p1 to p6 of the eye aspect ratio. */
const eyeOutline = [
  [-1, 0], [-0.4, -1], [0.4, -1], [1, 0], [0.4, 1], [-0.4, 1],
] as const; // biome-ignore format: a table
const eyeIndices = [
  [33, 160, 158, 133, 153, 144],
  [362, 385, 387, 263, 373, 380],
] as const;

/**
 * 468 points of a head that nobody has: an ellipsoid with a nose, two eyes and a mouth where the face
 * mesh has them, the other points strewn over it. x right, y down, z away from the camera.
 */
export function madeHead(
  seed: number,
  { eyesOpen = 1, mouthOpen = 0 }: HeadPose = {},
): Float32Array {
  const next = chance(seed);
  const noseLength = 0.25 + 0.15 * next();
  const points = new Float32Array(468 * 3);
  const put = (index: number, x: number, y: number) => {
    const nose = noseLength * Math.exp(-((x / 0.16) ** 2) - ((y - 0.2) / 0.24) ** 2);
    const z = 0.75 * (1 - Math.sqrt(Math.max(0.02, 1 - x * x - (y / 1.4) ** 2))) - nose;
    points.set([x, y, z], index * 3);
  };
  for (let index = 0; index < 468; index++) {
    const [angle, reach] = [2 * Math.PI * next(), 0.95 * Math.sqrt(next())];
    put(index, reach * Math.cos(angle), 1.3 * reach * Math.sin(angle));
  }
  for (const [eye, indices] of eyeIndices.entries()) {
    for (const [i, index] of indices.entries()) {
      const [x, y] = eyeOutline[i]!;
      put(index, eyesAt[eye]! + eyeHalfWidth * x, -0.1 + 0.3 * eyeHalfWidth * eyesOpen * y);
    }
  }
  put(1, 0, 0.25);
  put(61, -0.28, 0.7);
  put(291, 0.28, 0.7);
  put(13, 0, 0.69 - 0.02 * mouthOpen);
  put(14, 0, 0.71 + 0.3 * mouthOpen);
  return points;
}

/** A solid head, turned and seen from `distance` head widths away. */
export function seeHead(head: Float32Array, pose: HeadPose, distance = 6): Float32Array {
  return see(turn(head, pose), pose, distance);
}

/** A picture of that head on a flat sheet that is turned instead; its mesh still claims depth. */
export function seeSheet(head: Float32Array, pose: HeadPose, distance = 6): Float32Array {
  const flat = see(head, { size: 1, x: 0, y: 0 }, 1e6);
  const claimed = flat.filter((_, i) => i % 3 === 2);
  for (let i = 2; i < flat.length; i += 3) flat[i] = 0;
  const seen = seeHead(flat, pose, distance);
  for (const [i, z] of claimed.entries()) seen[i * 3 + 2] = z * (pose.size ?? 100);
  return seen;
}

/** The jitter of a mesh network: independent noise on every point, as a share of the head's size. */
export function withJitter(points: Float32Array, share: number, seed: number, size = 100) {
  const next = chance(seed);
  return points.map((value) => value + size * share * (next() + next() + next() - 1.5) * 2);
}

function turn(head: Float32Array, pose: HeadPose): Float32Array {
  const [yaw, pitch, roll] = [pose.yawDegrees, pose.pitchDegrees, pose.rollDegrees].map(
    (degrees) => ((degrees ?? 0) * Math.PI) / 180,
  ) as [number, number, number];
  const out = new Float32Array(head.length);
  for (let i = 0; i < head.length; i += 3) {
    const [x, y, z] = [head[i]!, head[i + 1]!, head[i + 2]!];
    const [x1, z1] = [x * Math.cos(yaw) + z * Math.sin(yaw), z * Math.cos(yaw) - x * Math.sin(yaw)];
    const [y2, z2] = [
      y * Math.cos(pitch) + z1 * Math.sin(pitch),
      z1 * Math.cos(pitch) - y * Math.sin(pitch),
    ];
    out[i] = x1 * Math.cos(roll) - y2 * Math.sin(roll);
    out[i + 1] = x1 * Math.sin(roll) + y2 * Math.cos(roll);
    out[i + 2] = z2;
  }
  return out;
}

function see(points: Float32Array, pose: HeadPose, distance: number): Float32Array {
  const { x = 200, y = 200, size = 100 } = pose;
  const out = new Float32Array(points.length);
  for (let i = 0; i < points.length; i += 3) {
    const near = distance / (distance + points[i + 2]!);
    out[i] = x + size * near * points[i]!;
    out[i + 1] = y + size * near * points[i + 1]!;
    out[i + 2] = size * points[i + 2]!;
  }
  return out;
}
