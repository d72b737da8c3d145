import type { PersonId } from "#contract/ids.ts";

const none = -1;

/**
 * Who owns which row. The rows of a person are a linked list in one typed array, because a list
 * object for each of 340,000 people would cost more than their templates' codes. An emptied row
 * waits until no search is under way, so that a row never changes hands during one.
 */
export class RowDirectory {
  readonly #firstRow = new Map<PersonId, number>();
  readonly #owners: (PersonId | undefined)[] = [];
  #nextRow = new Int32Array(1_024);
  #freeRows: number[] = [];
  #emptied: number[] = [];

  get people(): number {
    return this.#firstRow.size;
  }

  /** Rows with an owner. */
  get rows(): number {
    return this.#owners.length - this.#freeRows.length - this.#emptied.length;
  }

  get bytes(): number {
    return this.#nextRow.byteLength;
  }

  has(person: PersonId): boolean {
    return this.#firstRow.has(person);
  }

  ownerOf(row: number): PersonId | undefined {
    return this.#owners[row];
  }

  /** An emptied row to use again, or undefined when a new one must be appended. */
  takeFree(): number | undefined {
    return this.#freeRows.pop();
  }

  assign(row: number, person: PersonId): void {
    if (row >= this.#nextRow.length) {
      const longer = new Int32Array(Math.ceil(row * 1.125) + 1_024);
      longer.set(this.#nextRow);
      this.#nextRow = longer;
    }
    this.#nextRow[row] = this.#firstRow.get(person) ?? none;
    this.#firstRow.set(person, row);
    this.#owners[row] = person;
  }

  *rowsOf(person: PersonId): Generator<number> {
    let row = this.#firstRow.get(person) ?? none;
    while (row !== none) {
      yield row;
      row = this.#nextRow[row]!;
    }
  }

  /** Takes the person out; their rows are free from the next `settle` on. */
  release(person: PersonId): readonly number[] {
    const rows = [...this.rowsOf(person)];
    for (const row of rows) this.#owners[row] = undefined;
    this.#firstRow.delete(person);
    this.#emptied.push(...rows);
    return rows;
  }

  /** No search is under way: emptied rows may be used again. */
  settle(): void {
    if (this.#emptied.length === 0) return;
    this.#freeRows = [...this.#freeRows, ...this.#emptied];
    this.#emptied = [];
  }

  clear(): void {
    this.#firstRow.clear();
    this.#owners.length = 0;
    this.#nextRow.fill(0);
    this.#freeRows = [];
    this.#emptied = [];
  }
}
