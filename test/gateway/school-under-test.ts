import type { MiddlewareHandler } from "hono";
import type { DeviceId, Pseudonym, WallMs } from "#contract/ids.ts";
import { defaultSchoolRules } from "#firmware-config/school.ts";
import type { Authorised } from "#gateway/api/authorise.ts";
import { createSchoolRoutes } from "#gateway/api/school-routes.ts";
import { CalendarFeeds } from "#gateway/school/calendar-feeds.ts";
import { GuardianDesk } from "#gateway/school/guardian-desk.ts";
import { SchoolDesk } from "#gateway/school/school-desk.ts";
import { schoolRegister } from "#gateway/views/school-register.ts";
import { schoolRouteWatch } from "#gateway/views/school-route-watch.ts";
import { hanako, registryUnderTest, taro } from "./persons-under-test.ts";
import { at, group, term, week } from "./school-events.ts";
import { ServiceDeskUnderTest } from "./service-desk-under-test.ts";

const jiro = { reference: "R-0003", name: "他人 次郎", birthDate: "1979-01-31" } as const;
/** Two children with one surname, of whom one is under protection. */
const ichiro = { reference: "R-0004", name: "守 一郎", kana: "マモル イチロウ", protected: true };

const open: MiddlewareHandler<Authorised> = async (context, next) => {
  context.set("who", "api-key:test");
  await next();
};
export const shut: MiddlewareHandler<Authorised> = async (context) =>
  context.json({ code: "API_KEY_MISSING" }, 401);

/** Lets through somebody who is bound to a school. */
export const boundTo =
  (site: string): MiddlewareHandler<Authorised> =>
  async (context, next) => {
    context.set("who", "staff:teacher");
    context.set("sites", [site]);
    context.set("refuseSite", () => context.json({ code: "SITE_FOREIGN" }, 403));
    await next();
  };

/** A class of two in a real registry, and the school's routes over a real desk and real views. */
export function schoolUnderTest(guard = open) {
  const made = new ServiceDeskUnderTest();
  const persons = registryUnderTest();
  const { registry } = persons;
  const class1 = { class: group, school: "桃ノ木小学校", schoolYear: 2026, grade: "3年" };
  for (const person of [hanako, taro, jiro, ichiro]) persons.put("persons", person);
  for (const [number, { reference: pupil }] of [hanako, ichiro].entries()) {
    const place = { person: pupil, role: "pupil" as const, number: number + 1 };
    persons.put("classes", { ...class1, name: "1組", ...place });
    const bond = { guardian: taro.reference, ward: pupil, notify: true };
    persons.put("guardians", { ...bond, relation: "father" });
  }
  const { clock, record } = made;
  const timeZone = "Asia/Tokyo";
  const watch = schoolRouteWatch({ rules: defaultSchoolRules, wall: clock.wall });
  const [register, watched] = [made.fold(schoolRegister()), made.fold(watch)];
  const silent = new Set<DeviceId>();
  const ports = { clock, record, registry, timeZone };
  const state = () => register;
  const feeds = new CalendarFeeds(":memory:");
  const routes = createSchoolRoutes({
    ...{ guards: { read: guard, write: guard }, guardianGuard: guard },
    placeCheck: () => undefined,
    school: {
      sheets: { clock, registry, timeZone, state, isSilent: (box) => silent.has(box) },
      desk: new SchoolDesk({ ...ports, state }),
      guardians: new GuardianDesk({
        ...{ ...ports, rules: defaultSchoolRules, watch: () => watched, register: state },
      }),
      setContact: () => ({ ok: true, isUsable: true }),
      schoolsOf: async () => new Set(["momonoki"]),
      feeds,
    },
  });
  made.now = at("07:00");
  const pseudonym = (reference: string, service = "school.attendance" as const): Pseudonym =>
    registry.pseudonymOf(service, registry.idOf(reference)!);
  const post = async (path: string, body: unknown) => {
    const response = await routes.request(path, { method: "POST", body: JSON.stringify(body) });
    return { status: response.status, body: (await response.json()) as Record<string, never> };
  };
  return {
    ...{ made, persons, routes, register, silent, pseudonym, post },
    async setUp() {
      const roster = { class: group, school: "momonoki", ...term };
      const timetable = { class: group, ...term, timeZone, week };
      return [
        await post("/api/school/rosters", roster),
        await post("/api/school/timetables", timetable),
      ];
    },
    get: async (path: string) => await routes.request(path),
    at: (time: string) => {
      made.now = at(time) as WallMs;
    },
    [Symbol.dispose]() {
      made[Symbol.dispose]();
      feeds[Symbol.dispose]();
      persons[Symbol.dispose]();
    },
  };
}
