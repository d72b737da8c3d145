import type { KeyObject } from "node:crypto";
import { setMaxListeners } from "node:events";
import { join } from "node:path";
import type { Event, EventBody } from "#contract/events.ts";
import type { DeviceId, PersonId, Pseudonym, WallMs } from "#contract/ids.ts";
import { inForceAt } from "#firmware-config/dated.ts";
import { defaultSchoolRules, type SchoolRules } from "#firmware-config/school.ts";
import type { NoticeSettings } from "#firmware-config/school-notices.ts";
import type { Clock } from "#runtime/clock.ts";
import { secretBytesFile } from "#runtime/key-file.ts";
import type { Log } from "#runtime/log.ts";
import { Rounds } from "#runtime/rounds.ts";
import { type Answer, refusal } from "../desk/answer.ts";
import type { Recorded } from "../desk/desk.ts";
import { personFiles } from "../persons/open-persons.ts";
import type { PersonRegistry } from "../persons/person-registry.ts";
import { Sealer } from "../persons/sealer.ts";
import type { RegisterState } from "../views/school-register.ts";
import { forgetOld, type RouteWatchState } from "../views/school-route-watch.ts";
import { CalendarFeeds } from "./calendar-feeds.ts";
import type { ClassSheetPorts } from "./class-sheet.ts";
import { type Contact, GuardianContacts } from "./contacts.ts";
import { GuardianDesk } from "./guardian-desk.ts";
import { dayAfter, localMoment } from "./local-clock.ts";
import { createMailer } from "./mailer.ts";
import type { NoticeSender } from "./notice-channel.ts";
import { NoticeDispatch } from "./notice-dispatch.ts";
import { NoticePlanner } from "./notice-planner.ts";
import { NoticeQueue } from "./notice-queue.ts";
import { OwnWards } from "./own-wards.ts";
import { SchoolDesk } from "./school-desk.ts";
import { Waker } from "./waker.ts";
import { createWebhooks, type WebhookSender } from "./webhook.ts";

/** How schools are set up at a gateway. */
export interface SchoolConfig {
  readonly notices: NoticeSettings;
  readonly rules?: SchoolRules | undefined;
}

export interface SchoolPorts {
  readonly dataDir: string;
  readonly config: SchoolConfig;
  readonly timeZone: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: PersonRegistry;
  /** The gateway's key, which signs webhooks. */
  readonly privateKey: KeyObject;
  record(body: EventBody): Promise<Recorded>;
  /** What the views `school.register` and `school.route-watch` hold now; a view folded again has others. */
  state(): RegisterState;
  watch(): RouteWatchState;
  isSilent(box: DeviceId): boolean;
  /** Silent, or with events that it has not delivered yet. */
  isBehind(box: DeviceId): boolean;
}

/** A pass through all classes; what boxes and people report is looked at at once. */
const passMs = 20_000;
/** Children who come in together are looked at together. */
const gatherMs = 100;
/** Loops, and what they send at once. */
const signalListenersMax = 40;
const afterFailureMs = 5_000;
const housekeepingMs = 60_000;
/** How often contacts are held against the registry: whoever is forgotten there is forgotten here. */
const sweepMs = 3_600_000;
const noticeDaysKept = 8;

/** Files of schools in a gateway's data folder. */
export function schoolFiles(dataDir: string) {
  return {
    contacts: join(dataDir, "guardian-contacts.db"),
    notices: join(dataDir, "notices.db"),
    feeds: join(dataDir, "calendar-feeds.db"),
  };
}

/** Schools at a gateway: the desks, and the loops that tell guardians and forget sightings. */
export class School implements AsyncDisposable {
  readonly desk: SchoolDesk;
  readonly guardians: GuardianDesk;
  /** Addresses that calendar programs subscribe to. */
  readonly feeds: CalendarFeeds;
  /** What guardians who signed in see of their own children. */
  readonly wards: OwnWards;
  /** What sheets of classes are made of. */
  readonly sheets: ClassSheetPorts;
  readonly #ports: SchoolPorts;
  readonly #contacts: GuardianContacts;
  readonly #queue: NoticeQueue;
  readonly #email: NoticeSender<"email"> | undefined;
  readonly #webhook: WebhookSender | undefined;
  readonly #stop = new AbortController();
  readonly #housekeeping: Rounds;
  readonly #reported = new Set<Pseudonym>();
  readonly #planning: Waker;
  readonly #sending: Waker;
  #running: readonly Promise<void>[] = [];
  #sweepAt = 0;

  /** Throws CONFIG_INVALID for settings that name what cannot be read, and what the databases throw. */
  constructor(ports: SchoolPorts) {
    this.#ports = ports;
    this.#housekeeping = new Rounds(ports, {
      ...{ everyMs: housekeepingMs, failed: "school.failed" },
      work: () => this.#keepHouse(),
    });
    const { config, dataDir, clock, privateKey } = ports;
    inForceAt(this.#rules, clock.wall()); // A table that begins tomorrow is told at the start.
    this.sheets = ports;
    this.desk = new SchoolDesk(ports);
    const rulesNow = () => this.#rules;
    this.guardians = new GuardianDesk({
      ...{ ...ports, register: () => ports.state() },
      get rules() {
        return rulesNow();
      },
    });
    const { guardians } = this;
    this.wards = new OwnWards({ ...ports, guardians, schoolsOf: this.schoolsOf.bind(this) });
    const { smtp, webhooks } = config.notices;
    this.#email = smtp && createMailer(smtp);
    this.#webhook =
      webhooks.length > 0 ? createWebhooks(webhooks, { clock, privateKey }) : undefined;
    const sealer = new Sealer(secretBytesFile(personFiles(dataDir).key));
    const files = schoolFiles(dataDir);
    this.#contacts = new GuardianContacts(files.contacts, sealer);
    this.#queue = new NoticeQueue(files.notices, sealer);
    this.feeds = new CalendarFeeds(files.feeds);
    setMaxListeners(signalListenersMax, this.#stop.signal);
    this.#planning = new Waker(clock);
    this.#sending = new Waker(clock);
  }

  /** Rules in force may be other ones a moment later. */
  get #rules(): SchoolRules {
    return this.#ports.config.rules ?? defaultSchoolRules;
  }

  /** Notices for which there was no room. */
  get overflowCount(): number {
    return this.#queue.overflowCount;
  }

  /** Notices that wait to be sent. */
  get waiting(): number {
    return this.#queue.waiting;
  }

  /** Begins to tell guardians and to forget sightings. Nobody is told where no way to tell is set up. */
  start(): void {
    this.#housekeeping.start();
    if (this.#email || this.#webhook) {
      const { clock, log, registry } = this.#ports;
      const rulesNow = () => this.#rules;
      const contactOf = (guardian: PersonId) => this.#usable(this.#contacts.of(guardian));
      const planner = new NoticePlanner({
        ...{ ...this.#ports, queue: this.#queue, contactOf, startedAt: clock.wall() },
        get rules() {
          return rulesNow();
        },
        state: () => this.#ports.state(),
      });
      const dispatch = new NoticeDispatch({
        ...{ clock, log, registry, queue: this.#queue, contactOf },
        channels: { email: this.#email, webhook: this.#webhook },
        isTrue: (story) => planner.isTrue(story),
        record: (body) => this.#ports.record(body),
        state: () => this.#ports.state(),
      });
      this.#running = [this.#plan(planner), this.#send(dispatch)];
    }
  }

  /** Takes note of an event that came in: whom it is about is looked at soon. */
  onEvent({ body }: Event): void {
    const isArrival = body.type === "decision.made" && body.service === "school.attendance";
    const pupil =
      isArrival && body.outcome === "admit"
        ? body.person
        : body.type === "school.corrected" || body.type === "school.left-early"
          ? body.pupil
          : undefined;
    if (pupil === undefined) return;
    this.#reported.add(pupil);
    this.#planning.wake();
  }

  /** Keeps how a guardian wants to be told; null ends it. Refuses GUARDIAN_UNKNOWN, ADDRESS_NOT_ALLOWED. */
  setContact(asked: {
    readonly guardian: string;
    readonly contact: Contact | null;
  }): Answer<{ isUsable: boolean }> {
    const { registry, clock } = this.#ports;
    const { guardian, contact } = asked;
    const id = registry.idOf(guardian);
    if (!id) return refusal("GUARDIAN_UNKNOWN", "nobody is registered by that number");
    if (contact?.channel === "webhook" && !this.#webhook?.allows(contact.url)) {
      const message = "webhooks go to the origins alone that gateway.school.notices.webhooks lists";
      return refusal("ADDRESS_NOT_ALLOWED", message);
    }
    this.#contacts.set(id, contact, clock.wall());
    return { ok: true, isUsable: this.#usable(contact ?? undefined) !== undefined };
  }

  /** How a guardian has asked to be told, whether or not this gateway can. */
  contactOf(guardian: PersonId): Contact | undefined {
    return this.#contacts.of(guardian);
  }

  /** The schools of a guardian's wards. The look at the registry is written down under `who`. */
  async schoolsOf(who: string, guardian: string): Promise<ReadonlySet<string>> {
    const { registry, state } = this.#ports;
    const wards = await registry.ties({ who, why: "guardian-notice" }, "wards", guardian);
    const { classesOf, rosters } = state();
    return new Set(
      wards.flatMap(({ ward }) => {
        const id = registry.idOf(ward);
        const pupil = id && registry.pseudonymOf("school.attendance", id);
        const classes = pupil ? [...(classesOf.get(pupil) ?? [])] : [];
        return classes.flatMap((name) => rosters.get(name)?.at(-1)?.body.school ?? []);
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all([...this.#running, this.#housekeeping[Symbol.asyncDispose]()]);
    await this.#email?.[Symbol.asyncDispose]();
    await this.#webhook?.[Symbol.asyncDispose]();
    this.#queue[Symbol.dispose]();
    this.feeds[Symbol.dispose]();
    this.#contacts[Symbol.dispose]();
  }

  /** A way that the operator has taken away since reaches nobody. */
  #usable(contact: Contact | undefined): Contact | undefined {
    if (contact?.channel === "email") return this.#email && contact;
    return contact && this.#webhook?.allows(contact.url) ? contact : undefined;
  }

  async #plan(planner: NoticePlanner): Promise<void> {
    const { signal } = this.#stop;
    const { clock } = this.#ports;
    let passAt = 0;
    while (!signal.aborted) {
      await this.#guarded(async () => {
        const pupils = new Set(this.#reported);
        this.#reported.clear();
        const isPass = clock.monotonic() >= passAt;
        if (isPass) passAt = clock.monotonic() + passMs;
        if (isPass || pupils.size > 0) {
          await planner.plan(clock.wall(), isPass ? undefined : pupils);
        }
      });
      this.#sending.wake();
      await this.#planning.wait(Math.max(0, passAt - clock.monotonic()), signal);
      await clock.sleep(gatherMs, signal).catch(() => undefined);
    }
  }

  async #send(dispatch: NoticeDispatch): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const isDone = await this.#guarded(async () => await dispatch.run(signal));
      const nextAt = this.#queue.nextAt;
      const wait = nextAt === undefined ? passMs : nextAt - this.#ports.clock.wall();
      const least = isDone ? gatherMs : afterFailureMs;
      await this.#sending.wait(Math.min(Math.max(wait, least), passMs), signal);
    }
  }

  #keepHouse(): void {
    const { clock, timeZone, watch, registry } = this.#ports;
    const now: WallMs = clock.wall();
    forgetOld(watch(), this.#rules, now);
    this.#queue.forgetBefore(dayAfter(localMoment(timeZone, now).day, -noticeDaysKept));
    if (clock.monotonic() < this.#sweepAt) return;
    this.#sweepAt = clock.monotonic() + sweepMs;
    this.#contacts.forgetUnless((guardian) => registry.holds(guardian));
  }

  /** A full disk or a locked registry ends no loop: it is tried again at the next turn. */
  async #guarded(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "UNEXPECTED";
      this.#ports.log("school.failed", { code });
      return false;
    }
  }
}
