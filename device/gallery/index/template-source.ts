import type { PersonId } from "#contract/ids.ts";

/**
 * Where full precision comes from. A search reads the templates of the few people whose order the
 * codes cannot settle, and of those whom it returns.
 */
export interface TemplateSource {
  /** All templates of the person, bit for bit as they were added; empty when the person is gone. */
  templatesOf(person: PersonId): readonly Float32Array[];
}

/** Keeps the templates in memory: the simplest choice, for galleries of a few thousand people. */
export class MemoryTemplates implements TemplateSource {
  readonly #templates = new Map<PersonId, Float32Array[]>();

  templatesOf(person: PersonId): readonly Float32Array[] {
    return this.#templates.get(person) ?? [];
  }

  add(person: PersonId, template: Float32Array): void {
    const held = this.#templates.get(person);
    if (held === undefined) this.#templates.set(person, [template.slice()]);
    else held.push(template.slice());
  }

  remove(person: PersonId): void {
    for (const template of this.templatesOf(person)) template.fill(0);
    this.#templates.delete(person);
  }

  clear(): void {
    for (const person of [...this.#templates.keys()]) this.remove(person);
  }
}
