import { randomBytes } from "node:crypto";
import type { Pseudonym } from "#contract/ids.ts";
import type { ProtectedNames } from "./protected-people.ts";

/** What takes the place of a value that is about somebody under protection. */
const gone = Symbol("gone");

/**
 * Takes people under protection out of what is shown: from a list the innermost row that names them, from an
 * object what lies under their name. What names them outside of any list goes as a whole.
 */
export class Veil {
  readonly #names: ProtectedNames;
  readonly #isOpen: boolean;
  readonly #exempt: Set<string> = new Set();
  readonly #seen = new Set<Pseudonym>();

  /** An open veil hides nobody, and remembers whom it showed. */
  constructor(names: ProtectedNames, isOpen = false) {
    this.#names = names;
    this.#isOpen = isOpen;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whoever was shown through an open veil, as a look at them is written down. */
  get seen(): readonly Pseudonym[] {
    return [...this.#seen];
  }

  /** Whoever names somebody in order to do something for them knows that name already. */
  exempt(value: unknown): void {
    for (const name of this.#namedIn(value)) this.#exempt.add(name);
  }

  /** Somebody looks at what is held of themselves, and at nothing else. */
  exemptAll(): void {
    for (const name of this.#names.keys()) this.#exempt.add(name);
  }

  /** The value without those under protection; undefined where it is about one of them as a whole. */
  without<T>(value: T): T | undefined {
    if (this.#names.size === 0) return value;
    if (this.#isOpen) {
      for (const name of this.#namedIn(value)) this.#seen.add(this.#names.get(name) as Pseudonym);
      return value;
    }
    const left = this.#left(value);
    return left === gone ? undefined : (left as T);
  }

  /** Whether a text names somebody, in whatever it is made of. */
  names(text: string): boolean {
    const found = this.#namedInText(text).filter((name) => !this.#exempt.has(name));
    if (!this.#isOpen) return found.length > 0;
    for (const name of found) this.#seen.add(this.#names.get(name) as Pseudonym);
    return false;
  }

  /**
   * A question about somebody under protection becomes one about nobody, so that its answer is that for
   * nobody: not by an imitation, but because the same code gives it. `back` puts the asked names in again.
   */
  aboutNobody<T>(asked: T): { readonly asked: T; back<A>(answer: A): A } {
    const named = this.#isOpen ? [] : [...this.#namedIn(asked)];
    if (named.length === 0) return { asked, back: (answer) => answer };
    const nobody = new Map(named.map((name) => [name, likeness(name)]));
    const back = new Map([...nobody].map(([name, other]) => [other, name]));
    return {
      asked: renamed(asked, nobody) as T,
      back: (answer) => renamed(answer, back) as typeof answer,
    };
  }

  #left(value: unknown, isRow = false): unknown {
    if (typeof value === "string") return this.#isHidden(value) ? gone : value;
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) {
      const left = value.map((one) => this.#left(one, true));
      // A row that lists somebody by name alone may say more of them in its other fields.
      const namesOne = left.some((one, at) => one === gone && typeof value[at] === "string");
      return isRow && namesOne ? gone : left.filter((one) => one !== gone);
    }
    const left: [string, unknown][] = [];
    for (const [name, inside] of Object.entries(value)) {
      if (this.#isHidden(name)) continue;
      const kept = this.#left(inside, isRow);
      if (kept === gone) return gone;
      left.push([name, kept]);
    }
    return Object.fromEntries(left);
  }

  #isHidden(text: string): boolean {
    return this.#namedInText(text).some((name) => !this.#exempt.has(name));
  }

  /** A name stands alone, as a word of a longer text, or inside a signed event. */
  #namedInText(text: string): readonly string[] {
    if (this.#names.has(text)) return [text];
    if (text.length < nameCharacters) return [];
    const payloads = [...text.matchAll(/[\w-]+\.([\w-]{30,})\.[\w-]{20,}/g)].map(([, payload]) =>
      Buffer.from(payload ?? "", "base64url").toString("utf8"),
    );
    return [text, ...payloads].flatMap(namesIn).filter((name) => this.#names.has(name));
  }

  *#namedIn(value: unknown): Generator<string> {
    if (typeof value === "string") yield* this.#namedInText(value);
    else if (typeof value === "object" && value !== null) {
      for (const [name, inside] of Object.entries(value)) {
        if (this.#names.has(name)) yield name;
        yield* this.#namedIn(inside);
      }
    }
  }
}

const nameCharacters = 22;

/** Pseudonyms among the words of a text; an office's numbers are too short to be told from others. */
const namesIn = (text: string): readonly string[] =>
  text.match(/(?<![\w-])[\w-]{22}(?![\w-])/g) ?? [];

const likeness = (name: string): string =>
  /^[\w-]{22}$/.test(name)
    ? randomBytes(16).toString("base64url")
    : `none-${randomBytes(8).toString("hex")}`;

function renamed(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string") return names.get(value) ?? value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => renamed(one, names));
  const entries = Object.entries(value).map(([name, inside]) => [name, renamed(inside, names)]);
  return Object.fromEntries(entries);
}
