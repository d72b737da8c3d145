/** How a picture is held before a camera. Lengths in pixels of the picture that is on it. */
export interface SheetPose {
  readonly yawDegrees: number;
  readonly pitchDegrees: number;
  readonly rollDegrees: number;
  /** Where its middle is seen, in pixels of the frame from the frame's middle. */
  readonly x: number;
  readonly y: number;
  /** Frame pixels per picture pixel at its middle. */
  readonly scale: number;
  /** Bent around its upright axis like a cylinder: 1 over the radius; 0 flat. */
  readonly curvature: number;
}

/** A camera with a lens as telephones and doors have them: about 45° wide. */
const focalPerSide = 1.2;
const bendRounds = 5;

type Vector = readonly [number, number, number];

/**
 * For a pixel of the frame, measured from its middle, the place on the sheet, measured from the sheet's
 * middle: a pinhole camera's ray meets a turned and perhaps bent surface.
 */
export function sheetPlaces(
  pose: SheetPose,
  frameSide: number,
): (x: number, y: number) => readonly [u: number, v: number] {
  const focal = focalPerSide * frameSide;
  const distance = focal / pose.scale;
  const [right, down, normal] = axes(pose);
  const centre: Vector = [pose.x / pose.scale, pose.y / pose.scale, distance];
  const bent = Math.abs(pose.curvature) > 1e-9;
  return (x, y) => {
    let depth = 0;
    let across = 0;
    let along = 0;
    for (let round = 0; round < (bent ? bendRounds : 1); round++) {
      const from: Vector = [
        centre[0] + depth * normal[0],
        centre[1] + depth * normal[1],
        centre[2] + depth * normal[2],
      ];
      const far = dot(from, normal) / (x * normal[0] + y * normal[1] + focal * normal[2]);
      const away: Vector = [far * x - from[0], far * y - from[1], far * focal - from[2]];
      across = dot(away, right);
      along = dot(away, down);
      if (!bent) break;
      const arc = Math.asin(Math.max(-1, Math.min(1, across * pose.curvature)));
      depth = (1 - Math.cos(arc)) / pose.curvature;
      across = arc / pose.curvature;
    }
    return [across, along];
  };
}

function axes(pose: SheetPose): readonly [right: Vector, down: Vector, normal: Vector] {
  const [yaw, pitch, roll] = [pose.yawDegrees, pose.pitchDegrees, pose.rollDegrees].map(
    (degrees) => (degrees * Math.PI) / 180,
  ) as [number, number, number];
  const turn = ([x, y, z]: Vector): Vector => {
    const [x1, z1] = [x * Math.cos(yaw) + z * Math.sin(yaw), z * Math.cos(yaw) - x * Math.sin(yaw)];
    const [y2, z2] = [
      y * Math.cos(pitch) + z1 * Math.sin(pitch),
      z1 * Math.cos(pitch) - y * Math.sin(pitch),
    ];
    return [
      x1 * Math.cos(roll) - y2 * Math.sin(roll),
      x1 * Math.sin(roll) + y2 * Math.cos(roll),
      z2,
    ];
  };
  return [turn([1, 0, 0]), turn([0, 1, 0]), turn([0, 0, 1])];
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
