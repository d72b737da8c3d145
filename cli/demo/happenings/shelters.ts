import type { City } from "../city.ts";
import type { Happening } from "../day.ts";
import { done } from "../demo-call.ts";
import { shelters } from "./set-up.ts";

const minuteMs = 60_000;

/** Invented people who have neither card nor template; the needs as a clerk ticks them. */
const families = ["さとう", "すずき", "たかはし", "やまもと", "わたなべ", "こばやし"];
const given = ["はな", "たろう", "けん", "みき"];
const needs = [["medicine"], ["infant"], ["wheelchair", "care"], [], ["allergy"], ["pet"]];

/** Clerks enter households by hand, one of them twice in two shelters; some move on, some go home. */
export function shelterDesk(city: City): readonly Happening[] {
  const persons: { readonly person: string; readonly shelter: string }[] = [];
  const entries = families.flatMap((family, f): Happening[] => {
    const shelter = shelters[f % shelters.length]!;
    let household: unknown = "new";
    return given.slice(0, 2 + (f % 3)).map((name, g) => ({
      at: city.at("13:35") + (f * 4 + g) * minuteMs,
      async run() {
        const birthDate = `${1940 + f * 9 + g * 7}-0${1 + g}-1${f}`;
        const details = { kana: `${family} ${name}`, birthDate, isHouseholdHead: g === 0 };
        const asked = { shelter, details, needs: g === 0 ? needs[f] : [], household };
        const answer = done(await city.call("/api/shelter/entries", asked));
        household = answer["household"];
        persons.push({ person: answer["person"] as string, shelter });
      },
    }));
  });
  const twice: Happening = {
    at: city.at("14:10"),
    async run() {
      const details = { kana: "サトウ ハナ", birthDate: "1940-01-10" };
      done(await city.call("/api/shelter/entries", { shelter: "tone", details }));
    },
  };
  const later: Happening = {
    at: city.at("16:00"),
    async run() {
      for (const { person, shelter } of persons.slice(0, 3)) {
        const out = { person, shelter, reason: "home" };
        done(await city.call("/api/shelter/check-outs", out));
      }
      for (const { person, shelter } of persons.slice(8, 11)) {
        const to = shelter === "akagi" ? "tone" : "akagi";
        done(await city.call("/api/shelter/transfers", { person, from: shelter, to }));
      }
    },
  };
  return [...entries, twice, later];
}
