import { type Colour, mix, noise, step } from "./made-face-colour.ts";
import type { FaceShape } from "./made-face-shape.ts";

interface FaceScene {
  readonly shape: FaceShape;
  /** Tangent of the head's turn. */
  readonly yaw: number;
  readonly light: number;
}

/** A hill, 1 on its top; far from it there is nothing that a picture could show. */
function bump(u: number, v: number, width: number, height: number): number {
  const far = (u / width) ** 2 + (v / height) ** 2;
  return far > 40 ? 0 : Math.exp(-far);
}

/** Half of the face's width at a height: round at the top, narrowing to the jaw and the chin. */
function halfWidth(v: number, { height, jaw, chin }: FaceShape): number {
  const top = -0.98;
  if (v < top || v > height) return 0;
  if (v < 0) return Math.sqrt(1 - (v / top) ** 2) ** 0.8;
  const t = v / height;
  const narrow = 1 + (jaw - 1) * step(0, 0.75, t);
  return narrow * Math.sqrt(Math.max(0, 1 - t ** (3.2 * chin))) ** 0.9;
}

/** How far a place of the face stands out towards the camera. */
function depth(u: number, v: number, shape: FaceShape, width = halfWidth(v, shape)): number {
  if (width <= 0.01 || Math.abs(u) >= width) return 0;
  const { eyeSpacing, eyeLine, noseLength, noseWidth, noseBridge, mouthLine, lipThick, cheek } =
    shape;
  const tip = eyeLine + noseLength;
  let z =
    0.85 * Math.sqrt(1 - (u / width) ** 2) * Math.sqrt(Math.max(0, 1 - ((v - 0.1) / 1.45) ** 2));
  const side = Math.abs(u);
  z -= 0.13 * bump(side - eyeSpacing, v - eyeLine, 0.2, 0.13);
  z += 0.06 * bump(side - eyeSpacing, v - eyeLine + 0.24, 0.26, 0.09);
  z += 0.05 * bump(side - eyeSpacing, v - eyeLine, 0.12, 0.08);
  const ridge = step(eyeLine - 0.25, tip, v) * step(tip + 0.14, tip + 0.02, v);
  z +=
    (0.1 + 0.22 * ridge) *
    bump(u, 0, noseBridge + 0.06 * ridge, 1) *
    step(eyeLine - 0.3, eyeLine, v) *
    step(tip + 0.15, tip + 0.04, v);
  z += 0.14 * bump(u, v - tip, noseWidth * 0.6, 0.11);
  z += 0.09 * bump(side - noseWidth * 0.8, v - tip - 0.04, 0.065, 0.075);
  z += (0.06 + 0.06 * cheek) * bump(side - 0.55, v - 0.34, 0.25, 0.2);
  z -= 0.03 * bump(u, v - (tip + mouthLine) / 2 - 0.03, 0.05, 0.09);
  z += 0.07 * bump(u, v - mouthLine + 0.02, shape.mouthWidth, lipThick + 0.08);
  z -= 0.04 * bump(u, v - mouthLine - lipThick - 0.1, 0.25, 0.05);
  z += 0.07 * bump(u, v - shape.height + 0.2, 0.22, 0.14);
  return z;
}

/** Paints the face over what is behind it. */
export function paintFace(u: number, v: number, under: Colour, scene: FaceScene): Colour {
  const { shape, yaw } = scene;
  let colour = ears(u, v, under, scene);
  // A turned head moves what stands out further; three rounds are near enough for small turns.
  const width = halfWidth(v, shape);
  let turned = u;
  for (let round = 0; yaw !== 0 && round < 3; round++)
    turned = u - yaw * (depth(turned, v, shape, width) - 0.45);
  const inside = step(-0.012, 0.02, width - Math.abs(turned));
  if (inside > 0) colour = mix(colour, surface(turned, v, width, scene), inside);
  return hairInFront(turned, v, colour, shape);
}

function ears(u: number, v: number, under: Colour, { shape, light }: FaceScene): Colour {
  const side = Math.abs(u);
  const ear = ((side - 0.98) / 0.14) ** 2 + ((v - 0.12) / 0.27) ** 2;
  if (ear > 1.2 || shape.hairLength > 0.4) return under;
  const shade = 0.62 + 0.18 * light * Math.sign(u) + 0.2 * ear;
  const skin = shape.skin.map((c) => c * shade) as unknown as Colour;
  return mix(under, [skin[0], skin[1] * 0.92, skin[2] * 0.9], step(1.05, 0.9, ear));
}

function surface(u: number, v: number, width: number, { shape, light }: FaceScene): Colour {
  const e = 0.012;
  const here = depth(u, v, shape, width);
  const nx = -(depth(u + e, v, shape, width) - depth(u - e, v, shape, width)) / (2 * e);
  const ny = -(depth(u, v + e, shape) - depth(u, v - e, shape)) / (2 * e);
  const length = Math.hypot(nx, ny, 1);
  const [lx, ly, lz] = [light, -0.5, 0.75];
  const diffuse = Math.max(0, (nx * lx + ny * ly + lz) / (length * Math.hypot(lx, ly, lz)));
  const sky = 0.5 - (0.5 * ny) / length;
  const shade = 0.3 + 0.66 * diffuse + 0.14 * sky;
  const gloss =
    Math.max(0, (nx * lx + ny * ly + lz + 1) / (length * Math.hypot(lx, ly, lz + 1))) ** 28;
  let colour = features(u, v, skinAt(u, v, shape), shape);
  const warm = 1 - diffuse;
  colour = [
    colour[0] * shade * (1 + 0.06 * warm) + 26 * gloss,
    colour[1] * shade * (1 - 0.03 * warm) + 24 * gloss,
    colour[2] * shade * (1 - 0.06 * warm) + 22 * gloss,
  ];
  return here <= 0 ? mix(colour, [0, 0, 0], 0.2) : colour;
}

function skinAt(u: number, v: number, shape: FaceShape): Colour {
  const { skin, cheek, age, beard, hair, phase } = shape;
  const side = Math.abs(u);
  const flush =
    (0.1 + 0.12 * cheek) * bump(side - 0.52, v - 0.36, 0.24, 0.2) +
    0.12 * bump(u, v - shape.eyeLine - shape.noseLength, 0.15, 0.1);
  const mottle = 1 + 0.05 * (soft(u * 9, v * 9, 3) - 0.5) + 0.035 * (soft(u * 40, v * 40, 4) - 0.5);
  const bags = 0.14 * age * bump(side - shape.eyeSpacing, v - shape.eyeLine - 0.15, 0.15, 0.04);
  const fold =
    0.16 *
    age *
    bump(side - 0.3 - 0.25 * (v - 0.5), 0, 0.025, 1) *
    step(0.42, 0.5, v) *
    step(0.82, 0.68, v);
  const lines =
    0.06 * age * Math.max(0, Math.sin(v * 50 + u * u * 3 + phase)) * step(-0.4, -0.5, v);
  const tone = mottle * (1 - bags - fold - lines);
  const base: Colour = [
    skin[0] * tone,
    skin[1] * tone * (1 - flush),
    skin[2] * tone * (1 - flush * 0.9),
  ];
  const jaw =
    step(0.5, 0.72, v + 0.28 * side) *
    step(0.1, 0.16, Math.abs(v - shape.mouthLine) + 0.5 * Math.max(0, side - 0.1));
  const lip =
    step(0.2, 0.1, side) *
    step(0.52, 0.56, v) *
    step(shape.mouthLine - 0.04, shape.mouthLine - 0.08, v);
  if (beard === 0 || Math.max(jaw, lip) === 0) return base;
  const stubble = 0.6 + 0.4 * noise(Math.floor(u * 70), Math.floor(v * 70), 12);
  return mix(base, hair, beard * 0.85 * stubble * Math.max(jaw, lip));
}

/** Smooth noise of a place, 0 to 1. */
function soft(x: number, y: number, seed: number): number {
  const [i, j] = [Math.floor(x), Math.floor(y)];
  const [s, t] = [step(0, 1, x - i), step(0, 1, y - j)];
  const top = noise(i, j, seed) * (1 - s) + noise(i + 1, j, seed) * s;
  const bottom = noise(i, j + 1, seed) * (1 - s) + noise(i + 1, j + 1, seed) * s;
  return top * (1 - t) + bottom * t;
}

function features(u: number, v: number, skin: Colour, shape: FaceShape): Colour {
  let colour = mouth(u, v, nostrils(u, v, skin, shape), shape);
  colour = brow(u, v, colour, shape);
  colour = eye(u, v, colour, shape);
  return shape.glasses ? glasses(u, v, colour, shape) : colour;
}

function eye(u: number, v: number, under: Colour, shape: FaceShape): Colour {
  const { eyeSpacing, eyeWidth, eyeOpen, eyeTilt, eyeLine, iris } = shape;
  const x = (Math.abs(u) - eyeSpacing) / eyeWidth;
  const y = (v - eyeLine + eyeTilt * (Math.abs(u) - eyeSpacing)) / eyeWidth;
  if (Math.abs(x) > 1.6 || Math.abs(y) > 1.4) return under;
  const upper = -eyeOpen * Math.max(0, 1 - x * x) ** 0.6;
  const lower = 0.62 * eyeOpen * Math.max(0, 1 - x * x) ** 0.8;
  const open =
    Math.min(step(upper - 0.05, upper + 0.05, y), step(lower + 0.05, lower - 0.05, y)) *
    step(1.02, 0.95, Math.abs(x));
  let colour = mix(
    under,
    [under[0] * 0.62, under[1] * 0.55, under[2] * 0.55],
    0.6 * step(0.2, 0, Math.abs(y - upper + 0.22)) * step(1.25, 0.9, Math.abs(x)),
  );
  // Each eye looks straight ahead: the iris sits where the camera is.
  const distance = Math.hypot(x, y + 0.06) / 0.46;
  let ball: Colour = mix([236, 232, 226], [186, 172, 164], step(0.5, 1, Math.abs(x)));
  const rays = 0.8 + 0.4 * noise(Math.floor(Math.atan2(y, x) * 12), 1, 8);
  ball = mix(ball, iris.map((c) => c * rays) as unknown as Colour, step(1.05, 0.92, distance));
  ball = mix(
    ball,
    iris.map((c) => c * 0.35) as unknown as Colour,
    step(0.84, 0.95, distance) * step(1.08, 0.98, distance),
  );
  ball = mix(ball, [10, 8, 8], step(0.48, 0.4, distance));
  ball = mix(ball, [70, 62, 60], 0.55 * step(upper + 0.32, upper, y));
  ball = mix(ball, [255, 255, 255], step(0.14, 0.08, Math.hypot(x + 0.14, y + 0.2)));
  colour = mix(colour, ball, open);
  const lash = step(0.11, 0.02, Math.abs(y - upper)) * step(1.12, 0.95, Math.abs(x));
  colour = mix(colour, [26, 18, 16], 0.88 * lash);
  const corner = step(0.1, 0.02, Math.abs(y - lower)) * step(1.05, 0.9, Math.abs(x));
  return mix(colour, [under[0] * 0.5, under[1] * 0.4, under[2] * 0.4], 0.5 * corner);
}

function brow(u: number, v: number, under: Colour, shape: FaceShape): Colour {
  const { eyeSpacing, eyeLine, browLift, browThick, browTilt, hair, age } = shape;
  const x = (Math.abs(u) - eyeSpacing) / 0.27;
  const line = eyeLine - browLift + 0.09 * x * x - browTilt * 0.12 * x;
  const thick = browThick * (1 - 0.45 * step(-0.2, 1.05, x));
  const across = step(thick + 0.02, thick - 0.015, Math.abs(v - line));
  const along = step(1.08, 0.9, Math.abs(x));
  if (across * along === 0) return under;
  const strand = 0.65 + 0.35 * noise(Math.floor(u * 90 + v * 40), Math.floor(v * 45), 21);
  const colour = hair.map((c) => c * 0.7 + 8) as unknown as Colour;
  return mix(under, colour, (0.9 - 0.25 * age) * across * along * strand);
}

function nostrils(u: number, v: number, under: Colour, shape: FaceShape): Colour {
  const bottom = shape.eyeLine + shape.noseLength + 0.085;
  const hole =
    ((Math.abs(u) - shape.noseWidth * 0.48) / (shape.noseWidth * 0.28)) ** 2 +
    ((v - bottom) / 0.03) ** 2;
  const wing = bump(Math.abs(u) - shape.noseWidth * 1.12, v - bottom + 0.05, 0.03, 0.07);
  const shadow = bump(u, v - bottom - 0.06, shape.noseWidth, 0.05);
  const soft = mix(
    under,
    [under[0] * 0.6, under[1] * 0.5, under[2] * 0.48],
    Math.min(0.85, 0.55 * wing + 0.55 * shadow),
  );
  return mix(soft, [46, 22, 18], 0.85 * step(1.3, 0.5, hole));
}

function mouth(u: number, v: number, under: Colour, shape: FaceShape): Colour {
  const { mouthLine, mouthWidth, lipThick, smile, lips } = shape;
  const x = u / mouthWidth;
  if (Math.abs(x) > 1.3) return under;
  const line = mouthLine - smile * x * x + 0.012 * Math.cos(x * 6);
  const taper = Math.max(0, 1 - x * x);
  const bow = 1 - 0.3 * Math.exp(-((x / 0.16) ** 2));
  const top = line - lipThick * 0.8 * taper ** 0.7 * bow;
  const bottom = line + lipThick * 1.25 * taper ** 0.7;
  const inside =
    Math.min(step(top - 0.012, top + 0.012, v), step(bottom + 0.02, bottom - 0.015, v)) *
    step(1.02, 0.96, Math.abs(x));
  const shade =
    v < line ? 0.8 : 1 + 0.14 * bump(x, (v - line - lipThick * 0.6) / lipThick, 0.5, 0.4);
  let colour = mix(under, lips.map((c) => c * shade) as unknown as Colour, 0.88 * inside);
  colour = mix(
    colour,
    [58, 22, 22],
    0.9 * step(0.022, 0.006, Math.abs(v - line)) * step(1.06, 0.94, Math.abs(x)),
  );
  const corner = bump(Math.abs(x) - 1.03, (v - line) / 0.05, 0.08, 0.8);
  return mix(colour, [under[0] * 0.55, under[1] * 0.45, under[2] * 0.42], 0.6 * corner);
}

function glasses(u: number, v: number, under: Colour, { eyeSpacing, eyeLine }: FaceShape): Colour {
  const x = Math.abs(u);
  const ring = Math.abs(
    (Math.abs((x - eyeSpacing) / 0.29) ** 3 + Math.abs((v - eyeLine - 0.02) / 0.2) ** 3) **
      (1 / 3) -
      1,
  );
  const bridge = step(0.13, 0.12, x) * step(0.022, 0.01, Math.abs(v - eyeLine + 0.05));
  const arm =
    step(eyeSpacing + 0.28, eyeSpacing + 0.3, x) * step(0.024, 0.012, Math.abs(v - eyeLine + 0.06));
  return mix(under, [30, 28, 30], 0.92 * Math.max(step(0.09, 0.04, ring), bridge, arm));
}

/** Hair over the forehead, parted somewhere. */
function hairInFront(u: number, v: number, under: Colour, shape: FaceShape): Colour {
  const { hairline, parting, hair, phase, hairVolume, hairLength } = shape;
  const head = (u / (1.04 + hairVolume)) ** 2 + ((v + 0.24) / (1.2 + hairVolume)) ** 2;
  if (head > 1.05) return under;
  const wave = 0.05 * Math.sin(u * 9 + phase) + 0.03 * Math.sin(u * 23 + phase * 2);
  const line =
    hairline +
    0.32 * Math.abs(u - parting) ** 1.5 +
    wave +
    0.5 * step(0.72, 1, Math.abs(u)) * (hairLength > 0.4 ? 1.6 : 0.8);
  const share = step(line + 0.04, line - 0.04, v) * step(1.04, 0.99, head);
  if (share === 0) return under;
  const strand =
    0.7 +
    0.4 *
      noise(
        Math.floor((u - parting) * 55 + v * 12 * Math.sign(u - parting)),
        Math.floor(v * 5),
        31,
      );
  const sheen = 1 + 0.7 * bump(u - parting * 0.5, v + 1.0, 0.7, 0.12);
  return mix(under, hair.map((c) => c * strand * sheen + 4) as unknown as Colour, share);
}
