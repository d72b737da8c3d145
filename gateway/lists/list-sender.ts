import { tellsOfPeople } from "#contract/box-lists.ts";
import type { Health } from "#contract/health.ts";
import type { DeviceId, WallMs } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import type { ListSource } from "./list-source.ts";

export interface ListSenderPorts {
  /** Lists that every box holds, whatever it is for. */
  readonly everywhere: readonly ListSource[];
  readonly sources: Partial<Readonly<Record<Service, readonly ListSource[]>>>;
  /** Of a service that is over no box gets a list of people. */
  isOver(service: Service, at: WallMs): boolean;
  send(device: DeviceId, sealed: string): Promise<void>;
}

/** What a box says that it does not hold is sent again, and not at every breath. */
const sendAgainMs = 4_000;

/**
 * Keeps every box's lists as they should be, by what its health says that it holds. A message that was
 * lost costs nothing: the next word of the box shows that it is missing.
 */
export class ListSender {
  readonly #ports: ListSenderPorts;
  readonly #sent = new Map<string, { readonly serial: number; readonly at: WallMs }>();

  constructor(ports: ListSenderPorts) {
    this.#ports = ports;
  }

  /** Sends what a box should hold and does not. Call it for health whose seal was verified. */
  async onHealth({ device, service, lists = [] }: Health, now: WallMs): Promise<void> {
    const isOver = this.#ports.isOver(service, now);
    for (const source of this.#sourcesOf(service)) {
      if (isOver && tellsOfPeople(source.name)) continue;
      const held = lists.find(({ name }) => name === source.name)?.serial ?? 0;
      const list = await source.current(device, held, now);
      if (!list || list.serial <= held || !this.#isTime(device, source.name, list.serial, now)) {
        continue;
      }
      for (const sheet of list.sheets) await this.#ports.send(device, sheet);
    }
  }

  #sourcesOf(service: Service): readonly ListSource[] {
    const { everywhere, sources } = this.#ports;
    return [...everywhere, ...(sources[service] ?? [])];
  }

  #isTime(device: DeviceId, name: string, serial: number, now: WallMs): boolean {
    const key = `${device} ${name}`;
    const sent = this.#sent.get(key);
    if (sent?.serial === serial && Math.abs(now - sent.at) < sendAgainMs) return false;
    this.#sent.set(key, { serial, at: now });
    return true;
  }
}
