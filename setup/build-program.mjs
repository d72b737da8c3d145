// `build-program.mjs FOLDER`: bundles the command line and the threads that it starts with Vite. Packages
// stay outside, and so does a part of Tebura that is not here: an image of a gateway has no device.
import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "vite";

const [folder] = process.argv.slice(2);
const root = fileURLToPath(new URL("..", import.meta.url));
const entries = { main: "cli/main.ts", "vision-thread": "device/vision/vision-thread.ts" };
const input = Object.fromEntries(
  Object.entries(entries)
    .map(([name, path]) => [name, join(root, path)])
    .filter(([, path]) => existsSync(path)),
);

/** What stays outside: packages, and what is not here; what the bundler adds of its own goes in. */
function isOutside(id) {
  if (id.startsWith("#")) return !existsSync(join(root, id.slice(1)));
  return !/^[./]/.test(id) && !id.startsWith("@oxc-project/");
}

/** A file beside a source is found from the source; a thread's module is beside the bundle. */
const places = {
  name: "places",
  enforce: "pre",
  transform(code, id) {
    if (!code.includes("import.meta.url")) return undefined;
    const own = JSON.stringify(pathToFileURL(id).href);
    const place = /(new URL\("\.\/([\w-]+)\.ts", )?import\.meta\.url/g;
    const placed = code.replace(place, (_, before = "", name = "") =>
      name in input ? `new URL("./${name}.js", import.meta.url` : `${before}${own}`,
    );
    return { code: placed, map: null };
  },
};

const next = `${folder}.next`;
rmSync(next, { recursive: true, force: true });
await build({
  configFile: false,
  root,
  publicDir: false,
  logLevel: "error",
  plugins: [places],
  ssr: { target: "node" },
  build: {
    ssr: true,
    outDir: next,
    emptyOutDir: true,
    minify: false,
    target: "node20",
    reportCompressedSize: false,
    rolldownOptions: {
      input,
      external: isOutside,
      output: { format: "es", entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js" },
    },
  },
});
rmSync(folder, { recursive: true, force: true });
renameSync(next, folder);
