import type { EventBody } from "#contract/events.ts";
import type { Health } from "#contract/health.ts";
import type { Pseudonym, WallMs } from "#contract/ids.ts";
import { systemClock } from "#runtime/clock.ts";
import { startGateway, temporaryFolder } from "#test/gateway/gateway-under-test.ts";
import { TestDevice } from "#test/gateway/test-device.ts";
import { firstAdministrator } from "#test/support/console-visit.ts";
import { freePort } from "#test/support/free-port.ts";
import { smallFeed } from "#test/support/small-feed.ts";
import type { StaffClient } from "#test/support/staff-client.ts";

const person = (letter: string) => letter.repeat(22) as Pseudonym;

/**
 * A gateway with a few boxes of which one is silent, a bus that people boarded, a school with a class, two
 * shelters with people and a refused event: something on every page, in a second.
 */
export class SmallCity implements AsyncDisposable {
  running: Awaited<ReturnType<typeof startGateway>>;
  readonly administrator: StaffClient;
  readonly bus: TestDevice;
  readonly #folder: ReturnType<typeof temporaryFolder>;
  readonly #ports: readonly [mqtt: number, http: number];

  private constructor(
    running: SmallCity["running"],
    administrator: StaffClient,
    bus: TestDevice,
    folder: ReturnType<typeof temporaryFolder>,
    ports: readonly [mqtt: number, http: number],
  ) {
    this.running = running;
    this.administrator = administrator;
    this.bus = bus;
    this.#folder = folder;
    this.#ports = ports;
  }

  static async open(): Promise<SmallCity> {
    const folder = temporaryFolder();
    const ports = [await freePort(), await freePort()] as const;
    const running = await startCity(folder.path, ports);
    const administrator = await firstAdministrator(running);
    const { gateway } = running;
    const silent = new TestDevice("bus-9", 9);
    gateway.registerDevice(silent.id, silent.key.publicKey);
    const bus = new TestDevice("bus-1", 1);
    gateway.registerDevice(bus.id, bus.key.publicKey);
    await bus.connect(running.mqttUrl);
    await bus.sayHealth(0, wellOf("bus.boarding"));
    const city = new SmallCity(running, administrator, bus, folder, ports);
    await city.#line();
    await city.board(30);
    await bus.publish(Buffer.from("rubbish"));
    await city.#shelters();
    await city.#school();
    await gateway.ingest.settled();
    return city;
  }

  /** People board the bus now, one after the other. */
  async board(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const at = systemClock.wall() as WallMs;
      await this.bus.publish(await this.bus.next(boarding(i), { at }));
    }
    await this.running.gateway.ingest.settled();
  }

  /** Ends the gateway and starts it again on the same ports and the same files, as an update does. */
  async restart(): Promise<void> {
    await this.bus[Symbol.asyncDispose]();
    await this.running[Symbol.asyncDispose]();
    this.running = await startCity(this.#folder.path, this.#ports);
    await this.bus.connect(this.running.mqttUrl);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bus[Symbol.asyncDispose]();
    await this.running[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }

  async #post(path: string, body: object): Promise<void> {
    const answer = await this.administrator.post(path, body);
    if (answer.status !== 200) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
  }

  /** The bus is at the line's second stop. */
  async #line(): Promise<void> {
    const { desk } = this.running.gateway;
    const vehicle = "bus-1";
    await desk.record({
      ...{
        type: "bus.box-placed",
        device: this.bus.id,
        vehicle,
        door: "front",
        counts: "boarding",
      },
    });
    await desk.record({
      ...{ type: "bus.at-stop", vehicle, trip: "t1", stop: "office", stopSequence: 2 },
      source: "feed",
    });
  }

  async #shelters(): Promise<void> {
    const site = { capacity: 40, open: true };
    await this.#post("/api/shelter/sites", { ...site, shelter: "momonoki", label: "桃の木小学校" });
    const small = { ...site, capacity: 2 };
    await this.#post("/api/shelter/sites", { ...small, shelter: "chuo", label: "中央公民館" });
    const people = [
      { kana: "さとう はな", name: "佐藤 花", age: 71 },
      { kana: "たなか いちろう", name: "田中 一郎", age: 45 },
      { kana: "タナカ ジロウ", name: "田中 次郎", age: 12 },
    ];
    for (const details of people) {
      const entry = { shelter: "momonoki", details, needs: ["medicine"] };
      await this.#post("/api/shelter/entries", entry);
    }
    // The same person once more elsewhere: a pair to decide on.
    await this.#post("/api/shelter/entries", { shelter: "chuo", details: people[0] });
  }

  async #school(): Promise<void> {
    const year = Number(new Date(systemClock.wall()).toISOString().slice(0, 4));
    const pupils = ["上原 桜", "小林 大翔"].map((name, at) => ({ reference: `P-${at + 1}`, name }));
    await this.#post("/api/registry/persons", { records: pupils });
    const group = {
      class: "momonoki-3-1",
      school: "桃の木小学校",
      schoolYear: year,
      name: "3年1組",
    };
    await this.#post("/api/registry/classes", {
      records: pupils.map(({ reference: person }, at) => ({
        ...{ ...group, person, role: "pupil", number: at + 1 },
      })),
    });
    // A year on either side, so that today is in it whatever the day.
    const term = { from: `${year - 1}-04-01`, until: `${year + 1}-03-31` };
    await this.#post("/api/school/rosters", { class: group.class, school: "momonoki", ...term });
  }
}

/** The city's gateway, which knows where its stops are and where one box stands. */
async function startCity(folder: string, [mqttPort, httpPort]: readonly [number, number]) {
  const boxes = { "bus-9": { latitude: 36.4015, longitude: 139.07 } };
  const others = { gtfs: smallFeed(folder), map: { boxes } };
  const usual = ["Asia/Tokyo", mqttPort, systemClock, false, undefined, {}] as const;
  return await startGateway(folder, ...usual, httpPort, others);
}

const wellOf = (service: Health["service"]): Partial<Health> => ({
  ...{ service, version: "0.1.0", framesPerSecond: 15, cardReader: "none" },
});

function boarding(at: number): EventBody {
  const face = { kind: "face", model: "dlib-resnet", frames: 5, liveness: "passed" } as const;
  const isUnsure = at % 10 === 7;
  return {
    ...{ type: "decision.made", service: "bus.boarding" },
    outcome: isUnsure ? "ask-card" : "admit",
    reason: isUnsure ? "face-unknown" : "face-matched",
    ...(isUnsure ? {} : { person: person(String.fromCharCode(97 + (at % 26))) }),
    evidence: [{ ...face, falseMatchRate: isUnsure ? null : 1e-5 }],
  };
}
