import type { EventBody } from "#contract/events.ts";
import type { PersonId, Pseudonym } from "#contract/ids.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import type { PersonRegistry } from "../persons/person-registry.ts";
import type { RegisterState } from "../views/school-register.ts";
import type { Contact } from "./contacts.ts";
import type { Attempt, Message, NoticeSender } from "./notice-channel.ts";
import { noticesWho } from "./notice-planner.ts";
import type { Notice, NoticeQueue, NoticeStory } from "./notice-queue.ts";
import { noticeWords } from "./notice-words.ts";

export interface NoticeDispatchPorts {
  readonly queue: NoticeQueue;
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: Pick<PersonRegistry, "look" | "personOf" | "pseudonymOf">;
  contactOf(guardian: PersonId): Contact | undefined;
  readonly channels: {
    readonly email?: NoticeSender<"email"> | undefined;
    readonly webhook?: NoticeSender<"webhook"> | undefined;
  };
  isTrue(story: NoticeStory): boolean;
  record(body: EventBody): Promise<unknown>;
  /** What the view `school.register` holds now: what is in the ledger is not written there again. */
  state(): RegisterState;
}

/** Notices that go out at once. */
const atOnceMax = 8;
const firstWaitMs = 5_000;
const waitMsMax = 600_000;
const pageMax = 200;

/**
 * Sends what waits, and writes into the ledger what became of it: at least once each, with the same
 * idempotency key every time, and into the ledger once. A notice whose sending was begun when the power
 * went is sent again; one that was sent and not recorded is recorded.
 */
export class NoticeDispatch {
  readonly #ports: NoticeDispatchPorts;

  constructor(ports: NoticeDispatchPorts) {
    this.#ports = ports;
  }

  /** Sends everything that is due, and resolves when each has had its attempt. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#recordAll();
    while (!signal.aborted) {
      const due = this.#ports.queue.due(this.#ports.clock.wall(), atOnceMax);
      if (due.length === 0) return;
      await Promise.all(due.map((notice) => this.#attempt(notice, signal)));
      await this.#recordAll();
    }
  }

  async #attempt(notice: Notice, signal: AbortSignal): Promise<void> {
    const { queue, clock, log, isTrue } = this.#ports;
    const { id, story, attempts, expiresAt } = notice;
    const now = clock.wall();
    if (!isTrue(story)) {
      queue.finish(id, "withheld", "overtaken");
      return;
    }
    if (now >= expiresAt) {
      if (attempts > 0) queue.finish(id, "given-up");
      else queue.finish(id, "withheld", "too-late");
      return;
    }
    queue.begin(id, now + waitOf(id, attempts));
    const attempt = await this.#send(notice, signal);
    if (signal.aborted && attempt.kind === "later") return;
    switch (attempt.kind) {
      case "delivered":
        queue.finish(id, "delivered");
        return;
      case "refused":
        log("school.notice-refused", { code: attempt.code, attempt: attempts + 1 });
        queue.finish(id, "refused");
        return;
      case "later":
        log("school.notice-later", { code: attempt.code, attempt: attempts + 1 });
        if (attempt.waitMs !== undefined) queue.postpone(id, clock.wall() + attempt.waitMs);
        return;
      default:
        attempt satisfies never;
    }
  }

  /** Looks up the address and the name at this moment, and forgets them with it. */
  async #send({ id, story, guardian }: Notice, signal: AbortSignal): Promise<Attempt> {
    const { contactOf, channels, registry } = this.#ports;
    try {
      const contact = guardian && contactOf(guardian);
      if (!guardian || !contact) return { kind: "refused", code: "GUARDIAN_UNKNOWN" };
      const name = contact.showName ? await this.#nameOf(story.pupil) : null;
      const alias: Pseudonym = registry.pseudonymOf("school.attendance", guardian);
      const message: Message = {
        ...{ id, story, guardian: alias, language: contact.language },
        ...noticeWords(story, contact.language, name),
      };
      const missing: Attempt = { kind: "later", code: "CHANNEL_MISSING" };
      if (contact.channel === "email") {
        return (await channels.email?.send(contact, message, signal)) ?? missing;
      }
      return (await channels.webhook?.send(contact, message, signal)) ?? missing;
    } catch {
      // The registry or the sealed contacts did not open; nothing of why may stand in a log.
      return { kind: "later", code: "NOTICE_NOT_MADE" };
    }
  }

  async #nameOf(pupil: Pseudonym): Promise<string | null> {
    const { registry } = this.#ports;
    const id = registry.personOf("school.attendance", pupil);
    if (!id) return null;
    const access = { who: noticesWho, why: "guardian-notice" } as const;
    const [person] = await registry.look(access, { by: "id", ids: [id] }, ["name"]);
    return person?.name ?? null;
  }

  async #recordAll(): Promise<void> {
    const { queue, record, state } = this.#ports;
    for (;;) {
      const page = queue.unrecorded(pageMax);
      if (page.length === 0) return;
      await Promise.all(
        page.map(async (notice) => {
          if (!state().notices.has(notice.id)) await record(this.#bodyOf(notice));
          queue.recorded(notice.id);
        }),
      );
    }
  }

  #bodyOf({ id, story, guardian, channel, outcome, why, attempts }: Notice): EventBody {
    const { kind, pupil, day } = story;
    const about = { notice: id, kind, pupil, day };
    const named = guardian
      ? { guardian: this.#ports.registry.pseudonymOf("school.attendance", guardian) }
      : {};
    if (!named.guardian || !channel || outcome === "withheld" || outcome === null) {
      const reason = (why ?? "too-late") as "too-late";
      return { type: "school.notice-withheld", ...about, ...named, why: reason };
    }
    const sent = { ...about, guardian: named.guardian, channel, outcome };
    return { type: "school.notice-sent", ...sent, attempts: Math.min(attempts, 1_000) };
  }
}

/**
 * Twice as long after each attempt, up to ten minutes, and up to a fifth longer by the notice's own key: a
 * server that comes back is not asked by everybody in the same second.
 */
function waitOf(id: Pseudonym, attempts: number): number {
  const wait = Math.min(firstWaitMs * 2 ** Math.min(attempts, 10), waitMsMax);
  const spread = (Buffer.from(id, "base64url")[0] ?? 0) / 255;
  return Math.round(wait * (1 + spread / 5));
}
