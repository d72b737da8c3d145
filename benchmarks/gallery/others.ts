import Database from "better-sqlite3";
import * as sqliteVec from "sqlite-vec";
import { exactSearch, Index, MetricKind, ScalarKind } from "usearch";

/** Another way to search, over the same rows. */
export interface OtherSearch extends Disposable {
  readonly name: string;
  /** Row numbers, best first. */
  search(probe: Float32Array, k: number): number[];
}

/** The loop that anybody would write first; its sums are the truth that all are held to. */
export function plainLoop(flat: Float32Array, dimensions: number): OtherSearch {
  const count = flat.length / dimensions;
  return {
    name: "plain",
    search(probe, k) {
      const best: { row: number; score: number }[] = [];
      for (let row = 0, at = 0; row < count; row++, at += dimensions) {
        let score = 0;
        for (let i = 0; i < dimensions; i++) score += probe[i]! * flat[at + i]!;
        if (best.length === k && score <= best[k - 1]!.score) continue;
        best.push({ row, score });
        best.sort((a, b) => b.score - a.score || a.row - b.row);
        best.length = Math.min(best.length, k);
      }
      return best.map(({ row }) => row);
    },
    [Symbol.dispose]() {},
  };
}

export function sqliteVecSearch(flat: Float32Array, dimensions: number): OtherSearch {
  const database = new Database(":memory:");
  sqliteVec.load(database);
  database.exec(`CREATE VIRTUAL TABLE t USING vec0(v float[${dimensions}] distance_metric=cosine)`);
  const insert = database.prepare("INSERT INTO t (rowid, v) VALUES (?, ?)");
  database.transaction(() => {
    for (let row = 0; row * dimensions < flat.length; row++) {
      insert.run(BigInt(row + 1), flat.subarray(row * dimensions, (row + 1) * dimensions));
    }
  })();
  const select = database.prepare(
    "SELECT rowid FROM t WHERE v MATCH ? AND k = ? ORDER BY distance",
  );
  return {
    name: "sqliteVec",
    search: (probe, k) =>
      (select.all(probe, k) as { rowid: number }[]).map(({ rowid }) => rowid - 1),
    [Symbol.dispose]: () => void database.close(),
  };
}

export function usearchExact(flat: Float32Array, dimensions: number): OtherSearch {
  return {
    name: "usearchExact",
    search: (probe, k) =>
      Array.from(exactSearch(flat, probe, dimensions, k, MetricKind.IP, 4).keys, Number),
    [Symbol.dispose]() {},
  };
}

/** A graph at its usual settings: approximate, so its recall matters more than its time. */
export function usearchGraph(flat: Float32Array, dimensions: number): OtherSearch {
  const index = new Index({
    ...{ dimensions, metric: MetricKind.IP, quantization: ScalarKind.F32, multi: false },
    ...{ connectivity: 16, expansion_add: 128, expansion_search: 64 },
  });
  const keys = BigUint64Array.from({ length: flat.length / dimensions }, (_, row) => BigInt(row));
  index.add(keys, flat, 4);
  return {
    name: "usearchGraph",
    search: (probe, k) => Array.from(index.search(probe, k, 4).keys, Number),
    [Symbol.dispose]() {},
  };
}
