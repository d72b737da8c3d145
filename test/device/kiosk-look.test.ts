import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { expect, test } from "vitest";
import { hasChromium, needsChromium } from "#test/support/chromium.ts";
import { takeKioskPictures } from "#test/support/kiosk-pictures.ts";
import { hasFfmpeg } from "#test/support/media-servers.ts";

const styles = new URL("../../device/kiosk/page/styles/", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, styles), "utf8");

/** Custom properties by name, as a style sheet sets them. */
function properties(css: string): ReadonlyMap<string, string> {
  const found = css.matchAll(/(--[\w-]+):\s*([^;]+);/g);
  return new Map([...found].map(([, name = "", value = ""]) => [name, value.trim()]));
}

test("the colours are those of the Digital Agency's design system, by their names", () => {
  const path = createRequire(import.meta.url).resolve(
    "@digital-go-jp/design-tokens/dist/tokens.css",
  );
  const theirs = properties(readFileSync(path, "utf8"));
  const ours = properties(read("tokens.css"));
  expect(ours.size).toBeGreaterThan(20);
  for (const [name, value] of ours) expect(theirs.get(name), name).toBe(value);
});

test("no style names a colour of its own beside them, and every one that is used is there", () => {
  const known = properties(read("tokens.css"));
  for (const name of readdirSync(styles).filter((file) => file !== "tokens.css")) {
    const css = read(name).replace(/\/\*[\s\S]*?\*\//g, "");
    expect(css.match(/#[0-9a-f]{3,8}\b/gi) ?? [], name).toEqual([]);
    const used = [...css.matchAll(/var\((--color-[\w-]+)\)/g)].map(([, token]) => token ?? "");
    expect(
      used.filter((token) => !known.has(token)),
      name,
    ).toEqual([]);
  }
});

test.skipIf(!hasChromium() || !hasFfmpeg())(
  needsChromium("the pictures of the documentation can be taken anew, and are small"),
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "tebura-pictures-"));
    try {
      await takeKioskPictures({ folder, cameraFile: join(folder, "camera.mjpeg"), countMax: 1 });
      const [picture = ""] = readdirSync(folder);
      expect(picture).toMatch(/^kiosk-.*\.png$/);
      expect(statSync(join(folder, picture)).size).toBeLessThan(256 * 1_024);
      const { width, height } = await sharp(join(folder, picture)).metadata();
      expect([width, height]).toEqual([540, 960]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
