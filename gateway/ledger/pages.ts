import type { Ledger, LedgerEntry } from "./ledger.ts";

const pageEntries = 1_000;

/**
 * The whole ledger after an index, oldest first, page by page: memory holds one page, and whoever reads
 * may let others work between two. Entries that come in meanwhile are read too.
 */
export function* pagesOf(
  ledger: Pick<Ledger, "after">,
  after = 0,
): Generator<readonly LedgerEntry[]> {
  for (let last = after; ; ) {
    const page = ledger.after(last, pageEntries);
    const end = page.at(-1);
    if (!end) return;
    yield page;
    last = end.index;
  }
}
