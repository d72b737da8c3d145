import { entry } from "#contract/maps.ts";
import { type BusFact, type Fact, inOrder, nameOf, type StandingFact } from "./facts.ts";

type Standing<Type> = Fact<Extract<StandingFact["body"], { type: Type }>>;
type Placed = Standing<"bus.box-placed">;
type Linked = Standing<"bus.card-linked"> | Standing<"bus.card-unlinked">;
type Granted = Standing<"bus.pass-granted">;
type Ended = Standing<"bus.pass-ended">;

/**
 * What holds from a moment on, and is asked for any moment: where boxes are, whose a transit card
 * is, who has which pass. What arrives late is in its place all the same.
 */
export class StandingFacts {
  readonly #placed = new Map<string, Placed[]>();
  readonly #links = new Map<string, Linked[]>();
  readonly #cardsOf = new Map<string, Set<string>>();
  readonly #proofs = new Map<string, string>();
  readonly #linkedOn = new Map<string, number>();
  readonly #passes = new Map<string, Granted[]>();
  readonly #ended = new Map<string, Ended[]>();

  /** Takes a fact in. Returns the moment from which answers may be others than before, if any. */
  take(known: Extract<BusFact, { kind: "standing" | "proof" }>): number | undefined {
    if (known.kind === "proof") {
      const name = nameOf(known.fact);
      this.#proofs.set(name, known.fact.body.person);
      return this.#linkedOn.get(name);
    }
    const { fact } = known;
    const { at, body } = fact;
    switch (body.type) {
      case "bus.box-placed":
        insert(this.#placed, body.device, { ...fact, body });
        break;
      case "bus.card-linked": {
        insert(this.#links, body.card, { ...fact, body });
        entry(this.#cardsOf, body.person, () => new Set<string>()).add(body.card);
        const proof = nameOf(body.proof);
        this.#linkedOn.set(proof, Math.min(at, this.#linkedOn.get(proof) ?? at));
        break;
      }
      case "bus.card-unlinked":
        insert(this.#links, body.card, { ...fact, body });
        break;
      case "bus.pass-granted":
        insert(this.#passes, body.person, { ...fact, body });
        break;
      case "bus.pass-ended":
        insert(this.#ended, nameOf(body.pass), { ...fact, body });
        break;
      default:
        body satisfies never;
    }
    return at;
  }

  /** Boxes of which somebody said once where they are. */
  get devices(): readonly string[] {
    return [...this.#placed.keys()];
  }

  placeOf(device: string, at: number): Placed["body"] | undefined {
    return this.#placed.get(device)?.findLast((fact) => fact.at <= at)?.body;
  }

  /** Whose a transit card is: nobody's unless the decision that its link names proved that person. */
  ownerOf(card: string, at: number): string | undefined {
    const body = this.#links.get(card)?.findLast((fact) => fact.at <= at)?.body;
    if (body?.type !== "bus.card-linked") return undefined;
    return this.isProof(body.proof, body.person) ? body.person : undefined;
  }

  /** Whether a decision is known in which this person proved themselves with a card. */
  isProof(proof: { readonly device: string; readonly sequence: number }, person: string): boolean {
    return this.#proofs.get(nameOf(proof)) === person;
  }

  hasLinkedCard(person: string, at: number): boolean {
    return [...(this.#cardsOf.get(person) ?? [])].some((card) => this.ownerOf(card, at) === person);
  }

  /** Products that a person holds at a moment of a service day. */
  passesOf(person: string, at: number, day: string): readonly string[] {
    const held = (this.#passes.get(person) ?? []).filter(
      (grant) =>
        grant.at <= at &&
        grant.body.validFrom <= day &&
        day <= grant.body.validUntil &&
        !this.#ended.get(nameOf(grant))?.some((ended) => ended.at <= at),
    );
    return [...new Set(held.map(({ body }) => body.product))].sort();
  }
}

function insert<F extends StandingFact>(map: Map<string, F[]>, key: string, fact: F): void {
  const facts = entry(map, key, () => []);
  facts.push(fact);
  facts.sort(inOrder);
}
