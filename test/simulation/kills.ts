import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { DeviceId } from "#contract/ids.ts";
import { gatewayFiles } from "#gateway/config.ts";
import { Ledger } from "#gateway/ledger/ledger.ts";
import { BundledScripts } from "#test/support/bundled-scripts.ts";
import { credentialsOf } from "#test/support/fleet.ts";
import { freePort } from "#test/support/free-port.ts";
import { startMosquitto } from "#test/support/mosquitto.ts";
import type { DeviceOrder } from "./kill-device.ts";
import type { GatewayOrder } from "./kill-gateway.ts";
import { Random } from "./random.ts";

export interface KillReport {
  readonly broker: "embedded" | "external";
  readonly kills: number;
  readonly gatewayKills: number;
  /** Events that devices ever made; one that was killed may have made one more than it could say. */
  readonly made: number;
  readonly ledgerEntries: number;
  /** Events that a device said it had, and the ledger does not hold as they were. */
  readonly lost: number;
}

const devices = [1, 2, 3].map((seed) => ({ id: `box-0${seed}` as DeviceId, seed }));
const gatewaySource = new URL("./kill-gateway.ts", import.meta.url);
const deviceSource = new URL("./kill-device.ts", import.meta.url);

/** Kills real processes (SIGKILL) at random under load, then lets everything settle and counts. */
export async function runKills(
  folder: string,
  options: { kills: number; seed: number; broker: "embedded" | "external" },
): Promise<KillReport> {
  const { kills, seed, broker } = options;
  const random = new Random(`kills ${seed}`);
  const port = await freePort();
  await using _mosquitto = broker === "external" ? await startMosquitto(folder, port) : undefined;
  const dataDir = join(folder, "gateway");
  const order: GatewayOrder = { dataDir, port, broker, devices };
  using scripts = new BundledScripts(gatewaySource, deviceSource);
  const gateway = new Process(scripts.at(gatewaySource), order);
  const [, gatewayKey = ""] = (await gateway.line(/^ready /)).split(" ");
  const boxes = devices.map(({ id, seed: number }) => {
    const path = join(folder, `${id}.db`);
    const tls = broker === "embedded" ? credentialsOf(dataDir, id) : undefined;
    const mqttUrl = `${tls ? "mqtts" : "mqtt"}://127.0.0.1:${port}`;
    const box: DeviceOrder = {
      ...{ path, mqttUrl, device: id, seed: number, gatewayKey, tls, isLast: false },
    };
    return { id, order: box, process: new Process(scripts.at(deviceSource), box) };
  });
  let gatewayKills = 0;
  try {
    for (let kill = 0; kill < kills; kill++) {
      const box = random.chance(0.4) ? undefined : random.pick(boxes);
      if (!box) gatewayKills += 1;
      const victim = box?.process ?? gateway;
      // Most lives get as far as their work, however slow the machine; some are ended while they begin.
      if (random.chance(0.8)) await victim.lineOfThisLife(box ? /^\d/ : /^ready /);
      await sleep(random.int(100, 900));
      await victim.kill();
    }
    for (const box of boxes) await box.process.kill({ ...box.order, isLast: true });
    const ends = await Promise.all(boxes.map(({ process }) => process.line(/^end /)));
    await gateway.end();
    const made = ends.reduce((sum, line) => sum + Number(line.split(" ")[1]), 0);
    using ledger = new Ledger(gatewayFiles(dataDir).ledger);
    const said = boxes.flatMap(({ id, process }) =>
      process.said.filter((line) => /^\d/.test(line)).map((line) => [id, line] as const),
    );
    const lost = said.filter(([id, line]) => {
      const [sequence, digest] = line.split(" ");
      return ledger.eventAt(id, Number(sequence)) !== digest;
    }).length;
    return { broker, kills, gatewayKills, made, ledgerEntries: ledger.count, lost };
  } finally {
    for (const { process } of boxes) await process.end();
    await gateway.end();
  }
}

/** A child that is killed and begun again, and what all its lives have said. */
class Process {
  readonly said: string[] = [];
  readonly #script: string;
  #order: object;
  #child: ChildProcess;
  #saidBefore = 0;

  constructor(script: string, order: object) {
    this.#script = script;
    this.#order = order;
    this.#child = this.#start();
  }

  /** Ends this life in the middle of whatever it does, and begins the next. */
  async kill(order: object = this.#order): Promise<void> {
    await this.end();
    this.#order = order;
    this.#child = this.#start();
  }

  async end(): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, "close");
    child.kill("SIGKILL");
    await closed;
  }

  /** The first line of this life that matches; waits for it. */
  async lineOfThisLife(pattern: RegExp): Promise<string> {
    return await this.line(pattern, this.#saidBefore);
  }

  /** The first line of any life that matches, after so many others; waits for it. */
  async line(pattern: RegExp, after = 0): Promise<string> {
    for (;;) {
      const found = this.said.slice(after).find((line) => pattern.test(line));
      if (found !== undefined) return found;
      if (this.#child.exitCode) throw new Error(`${this.#script} ended with an error`);
      await sleep(20);
    }
  }

  #start(): ChildProcess {
    const args = [this.#script, JSON.stringify(this.#order)];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    this.#saidBefore = this.said.length;
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      const lines = (text + chunk.toString()).split("\n");
      text = lines.pop() ?? ""; // What was cut off in the middle was not said.
      this.said.push(...lines);
    });
    return child;
  }
}
