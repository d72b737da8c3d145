// Takes the pictures of docs/kiosk.md: `node docs/kiosk-pictures.mjs [FOLDER]`. Faces are drawn, never real.
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { register } from "tsx/esm/api";

register();
const { takeKioskPictures } = await import("../test/support/kiosk-pictures.ts");
const folder = process.argv[2] ?? fileURLToPath(new URL("./pictures/", import.meta.url));
mkdirSync(folder, { recursive: true });
await takeKioskPictures({
  folder,
  cameraFile: join(tmpdir(), `tebura-pictures-${process.pid}.mjpeg`),
});
