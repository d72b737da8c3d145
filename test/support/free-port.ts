import { once } from "node:events";
import { createServer } from "node:net";

/**
 * A port for whoever lets it go and takes it again. It lies below those that the kernel gives out by itself,
 * so that in between no connection of another test is made from it.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = 10_000 + Math.floor(Math.random() * 9_999);
    if (await isFree(port, "127.0.0.1")) return port;
  }
  throw new Error("no free port");
}

/** Two free ports in a row, on every address. */
export async function freePorts(): Promise<number> {
  for (let port = 20_000 + ((process.pid * 2) % 10_000); port < 32_000; port += 2) {
    if ((await isFree(port, "0.0.0.0")) && (await isFree(port + 1, "0.0.0.0"))) return port;
  }
  throw new Error("no two free ports in a row");
}

async function isFree(port: number, host: string): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
