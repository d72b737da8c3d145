import { generateKeyPairSync } from "node:crypto";
import { setTimeout as sleepFor } from "node:timers/promises";
import type { DeviceId, MonotonicMs, WallMs } from "#contract/ids.ts";
import { defaultSchoolRules, type SchoolRules } from "#firmware-config/school.ts";
import type { NoticeSettings } from "#firmware-config/school-notices.ts";
import type { Contact } from "#gateway/school/contacts.ts";
import { School } from "#gateway/school/school.ts";
import { schoolRegister } from "#gateway/views/school-register.ts";
import { schoolRouteWatch } from "#gateway/views/school-route-watch.ts";
import type { Clock } from "#runtime/clock.ts";
import { silentLog } from "#runtime/log.ts";
import { hanako, registryUnderTest, taro } from "./persons-under-test.ts";
import { at, group, school, term, week } from "./school-events.ts";
import { ServiceDeskUnderTest } from "./service-desk-under-test.ts";
import { face } from "./service-events.ts";

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const timeZone = "Asia/Tokyo";
export const mother = { reference: "R-0010", name: "手ぶら 春" } as const;
export const saburo = { reference: "R-0011", name: "安全 三郎", protected: true } as const;

export const mail = (changes: Partial<Contact> = {}): Contact => ({
  ...{ channel: "email", address: "taro@example.jp", language: "ja", showName: true },
  kinds: ["arrival", "departure", "unconfirmed"],
  ...(changes as object),
});

/** A school with real stores, a registry, a desk, and a clock that a test sets; its loops look often. */
export class SchoolOffice implements AsyncDisposable {
  readonly made = new ServiceDeskUnderTest();
  readonly persons = registryUnderTest();
  readonly publicKey = publicKey;
  readonly behind = new Set<DeviceId>();
  readonly settings: NoticeSettings;
  readonly rules: SchoolRules;
  readonly #register = this.made.fold(schoolRegister());
  readonly #watch = this.made.fold(
    schoolRouteWatch({ rules: defaultSchoolRules, wall: () => this.made.now as WallMs }),
  );
  readonly clock: Clock = {
    wall: () => this.made.now as WallMs,
    monotonic: () => this.made.now as number as MonotonicMs,
    sleep: async (_, signal) => await sleepFor(10, undefined, { signal }),
  };
  school: School;

  constructor(settings: NoticeSettings, rules: Partial<SchoolRules[number]> = {}) {
    this.settings = settings;
    this.rules = defaultSchoolRules.map((rule) => ({ ...rule, ...rules }));
    this.made.now = at("07:00");
    const [child, ...others] = [hanako, taro, mother, saburo];
    for (const person of [child, ...others]) this.persons.put("persons", person as typeof hanako);
    const places = { class: group, school: "桃ノ木小学校", schoolYear: 2026, name: "1組" };
    for (const [i, { reference: person }] of [hanako, saburo].entries()) {
      this.persons.put("classes", { ...places, person, role: "pupil", number: i + 1 });
      for (const [guardian, relation] of [
        [taro, "father"],
        [mother, "mother"],
      ] as const) {
        const bond = { guardian: guardian.reference, ward: person, notify: true };
        this.persons.put("guardians", { ...bond, relation });
      }
    }
    this.school = this.#open();
    const follow = { name: "follow", empty: () => ({}), show: () => ({}) };
    this.made.fold({ ...follow, apply: (_, { event }) => this.school.onEvent(event) });
  }

  get child() {
    return this.persons.registry.pseudonymOf(
      "school.attendance",
      this.persons.registry.idOf(hanako.reference)!,
    );
  }

  /** Roster, timetable and contacts, at seven in the morning. */
  async setUp(contacts: Readonly<Record<string, Contact>>): Promise<void> {
    await this.school.desk.setRoster("api-key:test", { class: group, school, ...term });
    await this.school.desk.setTimetable({ class: group, ...term, timeZone, week });
    for (const [guardian, contact] of Object.entries(contacts)) {
      this.school.setContact({ guardian, contact });
    }
    this.school.start();
  }

  /** The gateway goes away and comes back at another time; its files and its ledger stay. */
  async restart(time: string): Promise<void> {
    await this.school[Symbol.asyncDispose]();
    this.made.now = at(time);
    this.school = this.#open();
    this.school.start();
  }

  seen(box: string, time: string): void {
    this.made.box((boxes) => boxes.admit(box, "school.attendance", this.child, [face], at(time)));
  }

  /** What became of notices about the child, in order, by kind. */
  outcomes(): readonly string[] {
    return this.made.events.flatMap(({ body }) => {
      if (!("pupil" in body) || body.pupil !== this.child) return [];
      if (body.type === "school.notice-sent") return [`${body.kind} ${body.outcome}`];
      if (body.type === "school.notice-withheld") return [`${body.kind} ${body.why}`];
      return [];
    });
  }

  /** Waits for so many turns of the loops: what they would do, they have done. */
  async idle(): Promise<void> {
    this.made.now += 20_000; // A pass through all classes.
    await sleepFor(150);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.school[Symbol.asyncDispose]();
    this.made[Symbol.dispose]();
    this.persons[Symbol.dispose]();
  }

  #open(): School {
    return new School({
      ...{ dataDir: this.persons.dir, timeZone, clock: this.clock, log: silentLog, privateKey },
      config: { notices: this.settings, rules: this.rules },
      registry: this.persons.registry,
      record: this.made.record,
      state: () => this.#register,
      watch: () => this.#watch,
      isSilent: (box) => this.behind.has(box),
      isBehind: (box) => this.behind.has(box),
    });
  }
}
