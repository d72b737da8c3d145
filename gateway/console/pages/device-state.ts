import type { Device } from "../api/shapes.ts";
import type { Tone } from "../design/badge.tsx";

export type DeviceCondition = "well" | "silent" | "refused" | "away" | "revoked" | "blind";

/** How a box fares: the first of these that is true, the worst first. */
export function conditionOf({ registered, silent, connected, health }: Device): DeviceCondition {
  if (registered === "revoked") return "revoked";
  if (silent) return "silent";
  if (health?.refusal) return "refused";
  if (connected === false) return "away";
  if (health && !["streaming", "ended"].includes(health.sourceState)) return "blind";
  return "well";
}

export const toneOf: Readonly<Record<DeviceCondition, Tone>> = {
  well: "good",
  silent: "care",
  refused: "bad",
  away: "care",
  revoked: "none",
  blind: "care",
};

/** The order in which an operator wants to see them. */
const urgency: readonly DeviceCondition[] = [
  "silent",
  "refused",
  "blind",
  "away",
  "well",
  "revoked",
];

export function byUrgency(a: Device, b: Device): number {
  const order = urgency.indexOf(conditionOf(a)) - urgency.indexOf(conditionOf(b));
  return order !== 0 ? order : a.device.localeCompare(b.device, "en", { numeric: true });
}

/** Where boxes belong together: the service that they do, or nothing known yet. */
export function sitesOf(devices: readonly Device[]): ReadonlyMap<string, readonly Device[]> {
  const sites = new Map<string, Device[]>();
  for (const device of devices) {
    const site = device.health?.service ?? device.device.replace(/[-0-9]+$/, "");
    const known = sites.get(site);
    if (known) known.push(device);
    else sites.set(site, [device]);
  }
  return sites;
}
