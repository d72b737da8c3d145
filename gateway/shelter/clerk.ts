import { randomBytes } from "node:crypto";
import type { EventRef } from "#contract/bodies/event-ref.ts";
import { type EventBody, eventBodySchema } from "#contract/events.ts";
import type { Pseudonym } from "#contract/ids.ts";
import type { ShelterCheckIn } from "#contract/shelter/fold.ts";
import type { HandEntry } from "#contract/shelter/hand-entry.ts";
import type { PersonDetails } from "#contract/shelter/person-details.ts";
import type { Clock } from "#runtime/clock.ts";
import { type Answer, isFresh, refusal, type ServiceDeskPorts } from "../desk/answer.ts";
import type { PlaceCheck } from "../fleet/known-boxes.ts";
import type { Proof } from "../views/proved-decisions.ts";
import type { FamilyInquiry, InquiryAnswer } from "./family-inquiry.ts";
import type { PersonDetailsStore } from "./person-details.ts";
import { checkInByHand } from "./shelter-desk.ts";

type Body<Type extends EventBody["type"]> = Extract<EventBody, { type: Type }>;
type Asked<Type extends EventBody["type"]> = Omit<Body<Type>, "type">;

/** Somebody by what a card shows of them: the reading of the name and the birth date. */
export interface NamedPerson {
  readonly kana: string;
  readonly birthDate: string;
}

export interface ShelterClerkPorts extends ServiceDeskPorts {
  /** What the view `shelter.check-in` shows now. */
  shown(): ShelterCheckIn;
  readonly clock: Pick<Clock, "wall" | "monotonic" | "sleep">;
  readonly details: PersonDetailsStore;
  readonly inquiry: FamilyInquiry;
  /** Which boxes may be said to stand at a shelter. */
  readonly placeCheck: PlaceCheck;
  /** A decision at a counter or a shelter's desk, by its event; undefined where it proved nobody. */
  proofOf(decision: EventRef): Proof | undefined;
}

/**
 * An inquiry is answered at a multiple of this after it came, whatever was found: a look-up, a commit and
 * a queue take a few milliseconds more or less, and nobody shall read an answer from that.
 */
const answerEveryMs = 250;
/** How old the decision may be in which a family member put down their card. */
const familyCardMinutesMax = 15;

/**
 * What a clerk does at a shelter's desk. Each step is an event; what is in words goes to the sealed store.
 * Nobody is turned away: a shelter that is full or closed is shown as such, and takes people in.
 */
export class ShelterClerk {
  readonly #ports: ShelterClerkPorts;

  constructor(ports: ShelterClerkPorts) {
    this.#ports = ports;
  }

  /** Opens a shelter, or changes its name, its places or whether it is open. */
  async setSite(asked: Asked<"shelter.site-set">): Promise<Answer<{ shelter: string }>> {
    return await this.#recorded({ type: "shelter.site-set", ...asked }, { shelter: asked.shelter });
  }

  /** Says where a box stands. Refuses SHELTER_UNKNOWN, DEVICE_UNKNOWN and DEVICE_REVOKED. */
  async assignBox(asked: Asked<"shelter.site-assigned">): Promise<Answer<{ device: string }>> {
    const body = { type: "shelter.site-assigned", ...asked } as const;
    const { device, shelter } = asked;
    const unknown = shelter === null ? undefined : this.#unknownSite(shelter);
    const refused = unknown ?? this.#ports.placeCheck(device, shelter);
    return refused ?? (await this.#recorded(body, { device: asked.device }));
  }

  /** Takes somebody in by hand. Refuses SHELTER_UNKNOWN, and EVACUEE_UNKNOWN for a household of nobody. */
  async enter(
    asked: HandEntry,
  ): Promise<Answer<{ person: Pseudonym; household: Pseudonym | null }>> {
    const unknown = this.#unknownSite(asked.shelter) ?? this.#unknownHousehold(asked.household);
    return unknown ?? { ok: true, ...(await checkInByHand(this.#ports, asked)) };
  }

  /** Somebody who was entered before is here (again). Refuses SHELTER_UNKNOWN and EVACUEE_UNKNOWN. */
  async checkIn(asked: Asked<"shelter.checked-in">): Promise<Answer<{ person: Pseudonym }>> {
    const { person, shelter } = asked;
    const body = { type: "shelter.checked-in", ...asked } as const;
    const unknown = this.#unknownSite(shelter) ?? this.#unknownPerson(person);
    return unknown ?? (await this.#recorded(body, { person }));
  }

  /** Refuses EVACUEE_UNKNOWN, and EVACUEE_ELSEWHERE for somebody who is not in that shelter. */
  async checkOut(asked: Asked<"shelter.checked-out">): Promise<Answer<{ person: Pseudonym }>> {
    const { person, shelter } = asked;
    const body = { type: "shelter.checked-out", ...asked } as const;
    return this.#elsewhere(person, shelter) ?? (await this.#recorded(body, { person }));
  }

  /** Sends somebody on: on the way, and expected there. Refuses as `checkOut`, and SHELTER_UNKNOWN. */
  async transfer(asked: Asked<"shelter.transferred">): Promise<Answer<{ person: Pseudonym }>> {
    const { person, from, to } = asked;
    const body = { type: "shelter.transferred", ...asked } as const;
    const flaw = this.#unknownSite(to) ?? this.#elsewhere(person, from);
    return flaw ?? (await this.#recorded(body, { person }));
  }

  /** Changes household, needs and language; `new` draws a household. Refuses EVACUEE_UNKNOWN. */
  async describe(
    asked: Omit<Asked<"shelter.person-described">, "household"> & {
      readonly household?: Pseudonym | "new" | null | undefined;
    },
  ): Promise<Answer<{ person: Pseudonym; household?: Pseudonym | null }>> {
    const { person, household: given, ...rest } = asked;
    const unknown = this.#unknownPerson(person) ?? this.#unknownHousehold(given ?? undefined);
    if (unknown) return unknown;
    const household = given === "new" ? drawn() : given;
    const words = household === undefined ? {} : { household };
    const body = { type: "shelter.person-described", person, ...rest, ...words } as const;
    return await this.#recorded(body, { person, ...words });
  }

  /** Puts right what the list says of somebody in words; null takes it away for good. Refuses EVACUEE_UNKNOWN. */
  async setDetails(
    person: Pseudonym,
    details: PersonDetails | null,
  ): Promise<Answer<{ person: Pseudonym }>> {
    const unknown = this.#unknownPerson(person);
    if (unknown) return unknown;
    const { details: store, clock } = this.#ports;
    if (details === null) store.erase(person, clock.wall());
    else store.keep(person, details, clock.wall());
    return { ok: true, person };
  }

  /** Puts somebody under protection, or takes it off. Of somebody who may come later, too. */
  async protect(asked: Asked<"shelter.protection-set">): Promise<Answer<{ person: Pseudonym }>> {
    return await this.#recorded({ type: "shelter.protection-set", ...asked }, asked);
  }

  /** Names who may be told where a person or a household is, or takes it back. Refuses EVACUEE_UNKNOWN. */
  async nameFamily(
    asked: Pick<Body<"shelter.family-named">, "by" | "id" | "allowed">,
    { kana, birthDate }: NamedPerson,
  ): Promise<Answer<object>> {
    const { by, id } = asked;
    const unknown = by === "person" ? this.#unknownPerson(id) : this.#unknownHousehold(id);
    if (unknown) return unknown;
    const family = this.#ports.details.questionOf(kana, birthDate);
    return await this.#recorded({ type: "shelter.family-named", ...asked, family }, {});
  }

  /** Says who somebody was whom a box did not know, where that is no new entry. */
  async settleSighting(asked: Asked<"shelter.sighting-settled">): Promise<Answer<object>> {
    return await this.#recorded({ type: "shelter.sighting-settled", ...asked }, {});
  }

  /** A human's word on whether two entries are one person. Refuses EVACUEE_UNKNOWN. */
  async decideDuplicate(asked: Asked<"shelter.duplicate-decided">): Promise<Answer<object>> {
    const [one, other] = asked.persons;
    const unknown = this.#unknownPerson(one) ?? this.#unknownPerson(other);
    return unknown ?? (await this.#recorded({ type: "shelter.duplicate-decided", ...asked }, {}));
  }

  /**
   * Answers a family member who has just put down their card. `asker` is what that card shows. Refuses
   * DECISION_MISSING, DECISION_WITHOUT_CARD and DECISION_NOT_FRESH before the question is looked at.
   */
  async inquire(asked: {
    readonly decision: EventRef;
    readonly asker: NamedPerson;
    readonly about: NamedPerson;
  }): Promise<Answer<InquiryAnswer>> {
    const { clock } = this.#ports;
    const began = clock.monotonic();
    const answer = await this.#answer(asked);
    const took = clock.monotonic() - began;
    const waitMs = Math.ceil(took / answerEveryMs) * answerEveryMs - took;
    await clock.sleep(waitMs, new AbortController().signal);
    return answer;
  }

  async #answer(asked: Parameters<ShelterClerk["inquire"]>[0]): Promise<Answer<InquiryAnswer>> {
    const { proofOf, clock, details, inquiry } = this.#ports;
    const proof = proofOf(asked.decision);
    if (!proof)
      return refusal("DECISION_MISSING", "no decision is here in which they proved who they are");
    if (!proof.card)
      return refusal("DECISION_WITHOUT_CARD", "whoever asks must put down their card");
    if (!isFresh(proof.at, clock.wall(), familyCardMinutesMax)) {
      return refusal("DECISION_NOT_FRESH", "the card was not put down just now; ask for it again");
    }
    const named = details.questionOf(asked.asker.kana, asked.asker.birthDate);
    const asker = { pseudonym: proof.person, knownAs: [...new Set([proof.person, named])] };
    return { ok: true, ...(await inquiry.ask(asker, asked.about)) };
  }

  async #recorded<Given extends object>(body: EventBody, given: Given): Promise<Answer<Given>> {
    await this.#ports.record(eventBodySchema.parse(body));
    return { ok: true, ...given };
  }

  #unknownSite(shelter: string) {
    const isKnown = this.#ports.shown().shelters.some((one) => one.shelter === shelter);
    return isKnown ? undefined : refusal("SHELTER_UNKNOWN", "nobody has set up such a shelter");
  }

  #unknownPerson(person: Pseudonym) {
    return this.#whereIs(person)
      ? undefined
      : refusal("EVACUEE_UNKNOWN", "nobody of that number is or was in a shelter");
  }

  #unknownHousehold(household: Pseudonym | "new" | undefined) {
    if (household === undefined || household === "new") return undefined;
    const { present, left } = this.#ports.shown();
    const isKnown = [...present, ...left].some((one) => one.household === household);
    return isKnown ? undefined : refusal("EVACUEE_UNKNOWN", "nobody is of that household");
  }

  #elsewhere(person: Pseudonym, shelter: string) {
    const known = this.#whereIs(person);
    if (!known) return this.#unknownPerson(person);
    const isThere = known.isPresent && (known.shelter === shelter || known.shelter === null);
    return isThere
      ? undefined
      : refusal("EVACUEE_ELSEWHERE", "by what is known here, they are not in that shelter");
  }

  #whereIs(person: Pseudonym): { shelter: string | null; isPresent: boolean } | undefined {
    const { present, left } = this.#ports.shown();
    const holds = ({ entries }: { entries: readonly Pseudonym[] }) => entries.includes(person);
    const here = present.find(holds);
    if (here) return { shelter: here.shelter, isPresent: true };
    const gone = left.find(holds);
    return gone && { shelter: gone.shelter, isPresent: false };
  }
}

/** What a drawn household looks like: 16 bytes that mean nothing. */
const drawn = () => randomBytes(16).toString("base64url") as Pseudonym;
