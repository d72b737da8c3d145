import { useCallback, useEffect, useState } from "preact/hooks";
import { useStore } from "../store.ts";
import { getJson } from "./client.ts";
import { protectedLook } from "./protected-look.ts";

interface Page<Row> {
  readonly total: number;
  readonly rows: readonly Row[];
}

export interface WholeList<Row, Head> {
  readonly rows: readonly Row[];
  /** The newest first page, with what stands beside its rows. */
  readonly head: Head | undefined;
  readonly code: string | undefined;
  reload(): Promise<void>;
}

/** Rows that the gateway gives at once. */
const pageRows = 500;

/** Reads a list page by page to its end: the first rows are there at once, the others follow. */
export function useWholeList<Row, Head extends Page<Row>>(path: string): WholeList<Row, Head> {
  const [state, setState] = useState<{ rows: readonly Row[]; head?: Head; code?: string }>({
    rows: [],
  });
  const look = useStore(protectedLook);
  const read = useCallback(async () => {
    let rows: readonly Row[] = [];
    let head: Head | undefined;
    do {
      const join = path.includes("?") ? "&" : "?";
      const answer = await getJson<Head>(
        `${path}${join}offset=${rows.length}&limit=${pageRows}`,
        true,
      );
      if (protectedLook.get() !== look) return;
      if (!answer.ok) {
        setState((known) => ({ ...known, code: answer.code }));
        return;
      }
      head ??= answer.value;
      rows = [...rows, ...answer.value.rows];
      if (answer.value.rows.length === 0) break;
      // A list that is there already stays until the new one is whole.
      const shown = rows;
      const first = head;
      setState((known) =>
        known.rows.length > shown.length ? known : { rows: shown, head: first },
      );
    } while (rows.length < head.total);
    setState({ rows, ...(head ? { head } : {}) });
  }, [path, look]);
  useEffect(() => {
    void read();
  }, [read]);
  return { rows: state.rows, head: state.head, code: state.code, reload: read };
}
