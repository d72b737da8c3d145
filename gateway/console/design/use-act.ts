import { useState } from "preact/hooks";

/** What somebody has begun to do on a page and which dialog is open for it; `undefined` closes it. */
export function useAct<Act>(onDone: () => Promise<void>) {
  const [doing, setDoing] = useState<Act>();
  const close = () => setDoing(undefined);
  const done = async () => {
    close();
    await onDone();
  };
  return { doing, setDoing, close, done };
}
