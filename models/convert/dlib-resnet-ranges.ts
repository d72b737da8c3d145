import type { ByteRange } from "./quantise.ts";

/**
 * Within which range each value of dlib's ResNet lies, by its name in the converted graph: 99.995 % of what
 * photographs of Labeled Faces in the Wild bring forth (the median of all values; `npm run bench -- ranges` counts
 * it, of 150 photographs). Scales and zeros of eight bits; whatever lies beyond is cut off, which does the
 * templates good.
 */
const table: readonly (readonly [value: string, scale: number, zero: number])[] = [
  ["image", 0.0042047, 115],
  ["v1", 0.0218436, 0],
  ["v4", 0.019868, 0],
  ["v5", 0.0443419, 128],
  ["v7", 0.0280197, 0],
  ["v9", 0.0182779, 0],
  ["v10", 0.0531077, 128],
  ["v12", 0.0348015, 0],
  ["v14", 0.017403, 0],
  ["v15", 0.0580313, 128],
  ["v17", 0.0474932, 0],
  ["v19", 0.0184611, 0],
  ["v20", 0.046459, 128],
  ["v22", 0.0337573, 0],
  ["v24", 0.0332511, 0],
  ["v26", 0.0169994, 0],
  ["v27", 0.042805, 128],
  ["v29", 0.0376954, 0],
  ["v31", 0.0158144, 0],
  ["v32", 0.0459361, 128],
  ["v34", 0.0497035, 0],
  ["v36", 0.0163723, 0],
  ["v37", 0.0421313, 128],
  ["v39", 0.0531029, 0],
  ["v41", 0.0173509, 0],
  ["v42", 0.0345427, 119],
  ["v44", 0.0306411, 0],
  ["v46", 0.0282364, 0],
  ["v48", 0.0141642, 0],
  ["v49", 0.0339166, 128],
  ["v51", 0.0259238, 0],
  ["v53", 0.0181234, 0],
  ["v54", 0.0423785, 128],
  ["v56", 0.0265605, 0],
  ["v58", 0.0188603, 0],
  ["v59", 0.0500295, 128],
  ["v61", 0.0143736, 0],
  ["v62", 0.0450503, 128],
  ["v64", 0.0228808, 0],
  ["v66", 0.0132945, 0],
  ["v67", 0.0343832, 134],
  ["v69", 0.0249413, 0],
  ["v71", 0.012079, 0],
  ["v72", 0.0218329, 135],
  ["v74", 0.0260526, 0],
  ["v76", 0.0265689, 0],
  ["v77", 0.0218841, 140],
  ["v79", 0.0199297, 129],
  ["v81", 0.0180292, 0],
]; // biome-ignore format: a table

export const dlibResnetRanges: Readonly<Record<string, ByteRange>> = Object.fromEntries(
  table.map(([value, scale, zero]) => [value, { scale, zero }]),
);
