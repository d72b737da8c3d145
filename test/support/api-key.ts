import { join } from "node:path";
import type { WallMs } from "#contract/ids.ts";
import { ApiKeys, type Scope, scopes } from "#gateway/api/api-keys.ts";
import { personFiles } from "#gateway/persons/open-persons.ts";
import { asDescribed } from "./as-described.ts";

/** Sends a key with every request. */
export type Ask = (path: string, init?: RequestInit) => Promise<Response>;

/** Asks a gateway's API with a key that opens everything, or only what is named. */
export function askWithKey(url: string, keys: ApiKeys, opened: readonly Scope[] = scopes): Ask {
  const { text } = keys.create({
    ...{ name: "a test", scopes: opened, createdAt: 0 as WallMs, expiresAt: 8e15 as WallMs },
  });
  return async (path, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${text}`);
    const response = await fetch(`${url}${path}`, { ...init, headers });
    return await asDescribed(init.method ?? "GET", path, response);
  };
}

/** The same for a gateway that runs as a process of its own, over the data folder of `tebura`. */
export function askProcess(url: string, dataDir: string): Ask {
  using keys = new ApiKeys(personFiles(join(dataDir, "gateway")).apiKeys);
  return askWithKey(url, keys);
}
