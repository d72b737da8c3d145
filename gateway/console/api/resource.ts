import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { live, pulse } from "../live/stream.ts";
import { useStore } from "../store.ts";
import { type Answer, getJson } from "./client.ts";
import { protectedLook } from "./protected-look.ts";

export interface Resource<T> {
  readonly value: T | undefined;
  /** Why the newest reading failed; the value before it stays. */
  readonly code: string | undefined;
  reload(): Promise<void>;
}

/** A page is not read again before this time, or before ten times what the last reading took. */
const restMsMin = 3_000;
const restTimes = 10;

/**
 * What the gateway answers under an address, read again whenever the stream says that something happened.
 * Large answers are read less often. `undefined` reads nothing. While people under protection are shown
 * nothing is read again by itself: each reading is a look, and its entry would cause the next one.
 */
export function useResource<T>(path: string | undefined): Resource<T> {
  const [answer, setAnswer] = useState<{ path: string; value?: T; code?: string }>();
  const look = useStore(protectedLook);
  const running = useRef(false);
  const rest = useRef(0);
  const read = useCallback(
    async (isBackground: boolean) => {
      if (path === undefined || running.current) return;
      running.current = true;
      const from = Number(document.timeline.currentTime ?? 0);
      const got: Answer<T> = await getJson<T>(path, isBackground);
      const took = Number(document.timeline.currentTime ?? 0) - from;
      rest.current = from + took + Math.max(restMsMin, took * restTimes);
      running.current = false;
      if (protectedLook.get() !== look) return;
      setAnswer((known) => {
        if (got.ok) return { path, value: got.value };
        const value = known?.path === path ? known.value : undefined;
        return { path, code: got.code, ...(value === undefined ? {} : { value }) };
      });
    },
    [path, look],
  );
  useEffect(() => {
    running.current = false;
    void read(false);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onPulse = () => {
      if (timer !== undefined || document.hidden || live.get().state !== "live") return;
      if (protectedLook.get() !== undefined) return;
      const wait = Math.max(0, rest.current - Number(document.timeline.currentTime ?? 0));
      timer = setTimeout(() => {
        timer = undefined;
        void read(true);
      }, wait);
    };
    const stop = pulse.subscribe(onPulse);
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [read]);
  const isOfPath = answer?.path === path;
  return {
    value: isOfPath ? answer?.value : undefined,
    code: isOfPath ? answer?.code : undefined,
    reload: useCallback(() => read(false), [read]),
  };
}
