import { digestOf } from "#contract/digest.ts";
import type { DeviceId } from "#contract/ids.ts";
import { type AllowancePorts, allowanceSheets, issueAllowance } from "../taxi/allowances.ts";
import type { ListSource, SealedList } from "./list-source.ts";

export interface AllowanceListPorts extends AllowancePorts {
  /** Puts on record who is entitled by the registry, so that the allowance goes by its word. */
  settleByRegistry(): Promise<void>;
}

interface Issued {
  readonly list: SealedList;
  readonly content: string;
  readonly day: string;
  readonly lookedAt: number;
}

/** That an allowance was issued is on record, so rides elsewhere lead to a new one only so often. */
const issueAgainMs = 60_000;

/**
 * The allowance that a taxi's box counts from: a new one each local day, and when rides or entitlements
 * have changed. The gateway reconciles whatever was ridden meanwhile, so a late one costs no ride.
 */
export function allowanceList(ports: AllowanceListPorts): ListSource {
  const issued = new Map<DeviceId, Issued>();
  const contentFor = (device: DeviceId, day: string) => {
    const sheets = allowanceSheets(ports.rides(), ports.terms(), {
      ...{ device, serial: 1, from: day, until: day },
    });
    return digestOf(JSON.stringify(sheets));
  };
  return {
    name: "taxi-allowance",
    async current(device, _held, now) {
      const day = ports.dayOf(now);
      const known = issued.get(device);
      const isOfToday = known?.day === day;
      if (known && isOfToday && Math.abs(now - known.lookedAt) < issueAgainMs) return known.list;
      await ports.settleByRegistry();
      const content = contentFor(device, day);
      const isSame = isOfToday && known.content === content;
      const list = isSame ? known.list : await issueAllowance(ports, device);
      issued.set(device, { list, content, day, lookedAt: now });
      return list;
    },
  };
}
