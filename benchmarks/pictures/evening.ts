import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { City } from "#cli/demo/city.ts";
import { playWholeDay } from "#cli/demo/whole-day.ts";
import { systemClock } from "#runtime/clock.ts";
import { StaffClient } from "#test/support/staff-client.ts";
import { classArrives, fillShelters, setUpClass } from "./townspeople.ts";

/** Boxes that have nothing more to say after the day, so that the pictures show what silence looks like. */
const silentBoxes = new Set(["bus-9", "shelter-3"]);
const beatMs = 4_000;

/**
 * The city of the demonstration after its day, with its gateway running and its clock going on: boxes say
 * how they are, but for two, and now and then somebody boards a bus.
 */
export class Evening implements AsyncDisposable {
  readonly city: City;
  /** Somebody who may see everything. */
  readonly administrator: StaffClient;
  readonly #folder: string;
  readonly #stop = new AbortController();
  readonly #going: Promise<void>;

  private constructor(city: City, administrator: StaffClient, folder: string) {
    this.city = city;
    this.administrator = administrator;
    this.#folder = folder;
    this.#going = this.#goOn();
  }

  static async begin(): Promise<Evening> {
    const folder = mkdtempSync(`${tmpdir()}/tebura-pictures-`);
    const city = new City(folder);
    const { httpUrl } = await city.open(new AbortController().signal);
    const administrator = new StaffClient(`http://localhost:${new URL(httpUrl).port}`);
    const firstStart = await city.gateway.staff.firstStart(city.clock.wall());
    await administrator.begin(firstStart?.code ?? "", "佐藤 恵");
    await setUpClass(administrator);
    const arriving = classArrives(city).map(async ({ at, run }) => {
      await city.clock.sleep(at - city.clock.wall(), new AbortController().signal);
      await run(city);
    });
    await playWholeDay(city);
    await Promise.all(arriving);
    await administrator.signIn(); // The morning's session is long over.
    await fillShelters(administrator);
    return new Evening(city, administrator, folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#going;
    await this.city[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #goOn(): Promise<void> {
    const { clock } = this.city;
    const { signal } = this.#stop;
    await clock.advanceTo(clock.wall() + 60_000);
    for (let beat = 0; !signal.aborted; beat++) {
      if (beat % (beatMs / 200) === 0) await this.#sayHealth();
      if (beat % 7 === 0) await this.#board(beat / 7);
      await systemClock.sleep(200, signal).catch(() => undefined);
      await clock.advanceTo(clock.wall() + 200);
    }
  }

  async #sayHealth(): Promise<void> {
    const { boxes, gateway } = this.city;
    for (const box of boxes.values()) {
      if (silentBoxes.has(box.id)) continue;
      if (gateway.devices.get(box.id)?.status === "active") await box.sayHealth();
    }
  }

  async #board(at: number): Promise<void> {
    const bus = this.city.box(`bus-${1 + (at % 8)}`);
    const person = this.city.residents[(at * 37) % this.city.residents.length];
    await bus.see(at % 9 === 4 ? { person, rate: 0.2, margin: 0 } : { person });
    await bus.deliver();
  }
}
