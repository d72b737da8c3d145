import { type DeviceId, deviceIdSchema } from "./ids.ts";

/**
 * Each device owns the topics below `tebura/v1/devices/<id>/`: it publishes `events`, `health`,
 * `handovers` and `gallery-reports`, and reads `receipts`, `leases`, `lists`, `policy`, `orders`, `time`
 * and `gallery`; nobody else may. MQTT 3.1.1 section 4.7 for the wildcard.
 */
const root = "tebura/v1/devices";
export const channels = [
  "events",
  "health",
  "handovers",
  "gallery-reports",
  "receipts",
  "leases",
  "lists",
  "policy",
  "orders",
  "time",
  "gallery",
] as const;
export type Channel = (typeof channels)[number];
/** What flows from the gateway to a device: only the gateway publishes there. */
export const downChannels = [
  "receipts",
  "leases",
  "lists",
  "policy",
  "orders",
  "time",
  "gallery",
] as const satisfies readonly Channel[];
export type DownChannel = (typeof downChannels)[number];

export function isDownChannel(channel: Channel): channel is DownChannel {
  return (downChannels as readonly Channel[]).includes(channel);
}

export function topicOf(device: DeviceId, channel: Channel): string {
  return `${root}/${device}/${channel}`;
}

/** The filter under which a gateway sees one channel of every device. */
export function filterOf(channel: Channel): string {
  return `${root}/+/${channel}`;
}

/** Reads a topic; undefined when it is none of ours. */
export function parseTopic(topic: string): { device: DeviceId; channel: Channel } | undefined {
  if (!topic.startsWith(`${root}/`)) return undefined;
  const [id, name, ...rest] = topic.slice(root.length + 1).split("/");
  const device = deviceIdSchema.safeParse(id);
  const channel = channels.find((known) => known === name);
  if (!device.success || !channel || rest.length > 0) return undefined;
  return { device: device.data, channel };
}
