// `build-console.mjs FOLDER STAMP`: bundles the gateway's pages with Vite, compresses every file once and
// for all, and puts the whole in place at once, so that no gateway ever reads half of it.
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "vite";

const [folder, stamp] = process.argv.slice(2);
const next = `${folder}.next`;
rmSync(next, { recursive: true, force: true });
await build({
  configFile: false,
  root: fileURLToPath(new URL("../gateway/console", import.meta.url)),
  base: "/",
  publicDir: false,
  logLevel: "warn",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  worker: { format: "es" },
  build: {
    outDir: next,
    emptyOutDir: true,
    assetsDir: "assets",
    // Nothing inline: the pages' security policy runs and shows only what has an address of its own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    target: ["chrome123", "firefox121", "safari17.5"],
  },
});
for (const name of readdirSync(next, { recursive: true })) {
  const path = join(next, name);
  if (!/\.(html|js|css|svg)$/.test(name)) continue;
  const bytes = readFileSync(path);
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }));
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
}
writeFileSync(join(next, "stamp"), stamp);
rmSync(folder, { recursive: true, force: true });
renameSync(next, folder);
