import { useCallback, useEffect, useState } from "preact/hooks";
import { useStore } from "../store.ts";
import { postJson } from "./client.ts";
import { protectedLook } from "./protected-look.ts";
import type { Resource } from "./resource.ts";

/**
 * What the gateway answers to a question that must not stand in an address. It is asked once, and again
 * on `reload`: each time is a look at somebody, and on record.
 */
export function usePosted<T>(path: string, body: object): Resource<T> {
  const [answer, setAnswer] = useState<{ value?: T; code?: string }>({});
  const look = useStore(protectedLook);
  const asked = JSON.stringify(body);
  const read = useCallback(async () => {
    const got = await postJson<T>(path, JSON.parse(asked));
    if (protectedLook.get() !== look) return;
    setAnswer((known) => (got.ok ? { value: got.value } : { ...known, code: got.code }));
  }, [path, asked, look]);
  useEffect(() => {
    setAnswer({});
    void read();
  }, [read]);
  return { value: answer.value, code: answer.code, reload: read };
}
