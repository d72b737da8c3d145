import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { Look, LooksPage } from "../../ledger/looks.ts";
import { type Answer, getJson } from "./client.ts";

interface Looks {
  readonly looks: readonly Look[];
  readonly code: string | undefined;
  readonly isReading: boolean;
  /** Reads on where the last page ended; undefined at the ledger's beginning. */
  readonly more: (() => Promise<void>) | undefined;
}

const pageLooks = 100;
/** Answers that are read for one page of the screen, where few of many entries are looks. */
const answersMax = 10;

/** Who looked, the newest first, a page at a time: the gateway keeps the place, so nothing is too old. */
export function useLooks(query: string): Looks {
  const [state, setState] = useState<{
    looks: readonly Look[];
    next: number | null | undefined;
    code?: string;
  }>({ looks: [], next: undefined });
  const [isReading, setReading] = useState(true);
  /** Which question an answer belongs to: a filter may change while one is on its way. */
  const turn = useRef(0);
  const read = useCallback(
    async (known: readonly Look[], from: number | undefined) => {
      turn.current += 1;
      const own = turn.current;
      setReading(true);
      let looks = known;
      let next: number | null | undefined = from;
      for (
        let answers = 0;
        answers < answersMax && looks.length < known.length + pageLooks;
        answers++
      ) {
        const place: string = next === undefined ? "" : `&before=${next}`;
        const left = known.length + pageLooks - looks.length;
        const answer: Answer<LooksPage> = await getJson<LooksPage>(
          `/api/audit?limit=${left}${place}&${query}`,
        );
        if (turn.current !== own) return;
        if (!answer.ok) {
          setState({ looks, next, code: answer.code });
          setReading(false);
          return;
        }
        looks = [...looks, ...answer.value.looks];
        next = answer.value.next;
        setState({ looks, next });
        if (next === null) break;
      }
      setReading(false);
    },
    [query],
  );
  useEffect(() => void read([], undefined), [read]);
  const { looks, next, code } = state;
  const more = next === null ? undefined : () => read(looks, next);
  return { looks, code, isReading, more };
}
