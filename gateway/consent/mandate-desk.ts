import type { ConsentKey, SignedConsent, SpeakerCode } from "#contract/consent.ts";
import { digestOf } from "#contract/digest.ts";
import type { EventBody } from "#contract/events.ts";
import type { Pseudonym, WallMs } from "#contract/ids.ts";
import { type MandateCode, verifyMandate } from "#contract/mandate.ts";
import { type Answer, refusal } from "../desk/answer.ts";
import { Holds } from "../desk/holds.ts";
import type { GalleriesFile } from "../gallery/galleries-file.ts";
import type { MandateBook, ProxyStanding } from "../views/mandate-book.ts";
import type { CardTerms } from "./card-terms.ts";
import type { Speakers } from "./speakers.ts";

export interface MandateDeskPorts {
  readonly file: Pick<GalleriesFile, "keepStatement" | "hasStatement">;
  readonly speakers: Pick<Speakers, "judge">;
  readonly clock: { wall(): WallMs };
  /** What a card is held to at this moment. */
  cardTerms(now: WallMs): CardTerms;
  mandates(): MandateBook;
  /** Resolves when the event is on disk and in every view. */
  record(body: EventBody): Promise<unknown>;
}

/**
 * Where people let others act for them, and end it. What a card signed is verified here from its bytes
 * alone; to end it, it is enough that somebody's identity was established at a counter or a page.
 */
export class MandateDesk {
  readonly #ports: MandateDeskPorts;
  readonly #holds = new Holds();

  constructor(ports: MandateDeskPorts) {
    this.#ports = ports;
  }

  /** Takes in a signed mandate, or its end. Refuses PROXY_REFUSED with the reason. */
  async handIn(signed: SignedConsent): Promise<Answer<{ statement: string }>> {
    const statement = digestOf(Buffer.from(signed.statement, "base64url"));
    return await this.#holds.while([statement], async () => {
      const { file, clock, cardTerms, speakers, record } = this.#ports;
      if (file.hasStatement(statement)) return { ok: true, statement };
      const now = clock.wall();
      const verdict = verifyMandate(signed, { now, ...cardTerms(now) });
      if (!verdict.ok) return notCounted(verdict.code);
      const { mandate, card } = verdict;
      const isGiven = mandate.act === "appoint";
      const until = isGiven ? { until: mandate.until } : {};
      const speaking = speakers.judge(card, { ...mandate, ...until });
      if (!speaking.ok) return notCounted(speaking.code);
      const { service, person, proxy, at: signedAt, by } = mandate;
      const about = { service, person, proxy, signedAt, statement };
      const { guardian } = speaking.signer;
      const span = isGiven && { from: mandate.from, until: mandate.until, by };
      await record(
        span
          ? {
              ...{ type: "proxy.appointed", ...about, ...span },
              ...(guardian === undefined ? {} : { guardian }),
            }
          : { type: "proxy.dismissed", ...about, how: "card" },
      );
      file.keepStatement(statement, signed);
      return { ok: true, statement };
    });
  }

  /** Ends what a proxy may do, for somebody whose identity was established. Refuses PROXY_UNKNOWN. */
  async dismiss(
    { service, person }: ConsentKey,
    proxy: Pseudonym,
    { how, who }: { readonly how: "counter" | "web"; readonly who: string },
  ): Promise<Answer<{ endedAt: WallMs }>> {
    const { clock, mandates, record } = this.#ports;
    const signedAt = clock.wall();
    const known = mandates().of({ service, person }, signedAt);
    if (!known.some((one) => one.proxy === proxy && one.state !== "dismissed")) {
      return refusal("PROXY_UNKNOWN", "this person has no such proxy in this service");
    }
    await record({ type: "proxy.dismissed", service, person, proxy, signedAt, how, who });
    return { ok: true, endedAt: signedAt };
  }

  /** Ends what a proxy may do, also what has not begun, because the registry forgets one of the two. */
  async end(key: ConsentKey, proxy: Pseudonym, who: string): Promise<void> {
    const { clock, mandates, record } = this.#ports;
    const now = clock.wall();
    const signed = mandates()
      .between(key, proxy, now)
      .map((one) => one.signedAt);
    if (signed.length === 0) return;
    const signedAt = Math.max(now, ...signed) as WallMs;
    await record({ type: "proxy.dismissed", ...key, proxy, signedAt, how: "registry", who });
  }

  show(key: ConsentKey): Answer<{ proxies: readonly ProxyStanding[] }> {
    return { ok: true, proxies: this.#ports.mandates().of(key, this.#ports.clock.wall()) };
  }
}

const notCounted = (code: MandateCode | SpeakerCode) =>
  refusal("PROXY_REFUSED", `what was signed does not count: ${code}`);
