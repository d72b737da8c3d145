import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root, trackedFiles } from "#test/tidy/source-tree.ts";
import { startGateway, temporaryFolder } from "./gateway-under-test.ts";

/** What anybody may have: descriptions and styles, and the way in itself. */
const open = /^\/api\/(openapi\.json|shelter\/sheet\.css|school\/paper(-wide)?\.css)$/;

/** Every address below /api that the gateway's sources name, with something put in for its parts. */
function addresses(): readonly string[] {
  const texts = trackedFiles()
    .filter((path) => path.startsWith("gateway/") && path.endsWith(".ts"))
    .filter((path) => !path.startsWith("gateway/console/"))
    .map((path) => readFileSync(join(root, path), "utf8"));
  const named = texts.flatMap((text) => [...text.matchAll(/["`](\/api\/[^"`\s?]+)["`]/g)]);
  const filled = named.map((match) =>
    match[1]!.replace(/\$\{kind\}/, "staff").replace(/:\w+/g, "x"),
  );
  return [...new Set(filled)].filter((path) => !path.includes("$") && !open.test(path));
}

test("whoever shows neither a key nor a session gets nothing, at any address, by any method", async () => {
  using folder = temporaryFolder();
  await using running = await startGateway(folder.path);
  const paths = [...addresses(), "/metrics"];
  expect(paths.length).toBeGreaterThan(60);
  for (const path of paths) {
    for (const method of ["GET", "POST", "PUT", "DELETE"]) {
      const body = method === "GET" ? undefined : "{}";
      const { status } = await fetch(`${running.httpUrl}${path}`, {
        ...{ method, ...(body && { body, headers: { "content-type": "application/json" } }) },
      });
      // 404: no such method here. 421: the way in, at an address where it does not work.
      expect([401, 403, 404, 421, 429], `${method} ${path}`).toContain(status);
    }
  }
  expect(running.gateway.ledger.count).toBeLessThan(120); // Refusals are held back, and nothing else is there.
});
