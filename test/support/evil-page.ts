import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A server of somebody else's, with whatever page a test gives it, and what it was sent. */
export async function evilServer() {
  const state = { html: "", heard: [] as string[] };
  const server = createServer((request, response) => {
    state.heard.push(`${request.method} ${request.url}`);
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(state.html);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    state,
    /** Another port of this machine: to a browser the same site as the gateway, cookies included. */
    sameSite: `http://localhost:${port}`,
    /** Another site. */
    crossSite: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
