import type { City } from "#cli/demo/city.ts";
import type { Happening } from "#cli/demo/day.ts";
import type { Pseudonym } from "#contract/ids.ts";
import type { StaffClient } from "#test/support/staff-client.ts";

/** Family and given names with their readings; whoever is made of them is nobody. */
const families = [
  ["佐藤", "さとう"],
  ["鈴木", "すずき"],
  ["高橋", "たかはし"],
  ["田中", "たなか"],
  ["小林", "こばやし"],
  ["新井", "あらい"],
  ["清水", "しみず"],
  ["木暮", "こぐれ"],
] as const;
const givenNames = [
  ["花", "はな"],
  ["陽翔", "はると"],
  ["結衣", "ゆい"],
  ["蓮", "れん"],
  ["さくら", "さくら"],
  ["大和", "やまと"],
  ["千代", "ちよ"],
] as const;

function townsperson(at: number) {
  const [family, familyKana] = families[at % families.length]!;
  const [given, givenKana] = givenNames[(at * 3) % givenNames.length]!;
  return { name: `${family} ${given}`, kana: `${familyKana} ${givenKana}` };
}

/** Before the classes of the day in the order of a list. */
const schoolClass = "2026-0";
const pupils = Array.from({ length: 24 }, (_, at) => ({
  reference: `S-${at + 1}`,
  name: townsperson(at + 11).name,
}));

async function post(client: StaffClient, path: string, body: object): Promise<void> {
  const { status, body: answer } = await client.post(path, body);
  if (status !== 200) throw new Error(`${path}: ${JSON.stringify(answer)}`);
}

/** In the morning: a class whose children have names. The day itself knows its people by pseudonyms alone. */
export async function setUpClass(client: StaffClient): Promise<void> {
  await post(client, "/api/registry/persons", { records: pupils });
  const group = { class: schoolClass, school: "桃ノ井小学校", schoolYear: 2026, name: "3年1組" };
  await post(client, "/api/registry/classes", {
    records: pupils.map(({ reference: person }, at) => ({
      ...{ ...group, person, role: "pupil", number: at + 1 },
    })),
  });
  const term = { from: "2026-09-01", until: "2026-12-25" };
  const school = "momonoi-elementary";
  await post(client, "/api/school/rosters", { class: schoolClass, school, ...term });
  const hours = { begins: "08:30", ends: "15:00", dueBy: "08:45", lessons: [] };
  const week = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, ...hours }));
  const timetable = { class: schoolClass, ...term, timeZone: "Asia/Tokyo", week };
  await post(client, "/api/school/timetables", timetable);
}

/** The children come to school, two of them late, and three are not seen. */
export function classArrives(city: City): readonly Happening[] {
  return pupils.slice(0, 21).map(({ reference }, at) => ({
    at: city.at("08:02") + at * 47_000 + (at > 18 ? 2_400_000 : 0),
    async run() {
      const { persons } = city.gateway;
      const person = persons.pseudonymOf(
        "school.attendance",
        persons.idOf(reference)!,
      ) as Pseudonym;
      const box = city.box("school-1");
      await box.record({
        ...{ type: "decision.made", service: "school.attendance", outcome: "admit" },
        ...{ reason: "face-matched", person, evidence: [] },
      });
      await box.deliver();
    },
  }));
}

/** In the evening a clerk has entered those without a card by hand. */
export async function fillShelters(client: StaffClient): Promise<void> {
  const { body } = await client.send("/api/shelter/sites");
  const shelters = (body["shelters"] as { shelter: string }[]).map(({ shelter }) => shelter);
  const needs = [["medicine"], [], ["wheelchair", "care"], [], [], ["infant"], [], ["language"]];
  const enter = async (at: number, shelter: string) => {
    const details = { ...townsperson(at), age: (at * 13) % 93, phone: `027-224-${1_000 + at * 7}` };
    await post(client, "/api/shelter/entries", { shelter, details, needs: needs[at % 8] });
  };
  for (let at = 0; at < 66; at++) await enter(at, shelters[(at * at) % shelters.length]!);
  await enter(3, shelters[2]!); // Somebody once more, elsewhere.
}
