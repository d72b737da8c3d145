// Takes every picture of the documents anew, one kind after the other: `npm run pictures`. The console's come from the
// demonstration's day, the kiosk's from drawn faces.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

for (const script of ["console-pictures.mjs", "kiosk-pictures.mjs"]) {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const { status } = spawnSync(process.execPath, [path], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
