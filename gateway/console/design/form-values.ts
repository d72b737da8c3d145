/** What the gateway wants of what somebody wrote; undefined where it is none of that kind. */
export function sentFor(
  kind: "text" | "date" | "number" | "moment" | "event" | "select",
  text: string,
  timeZone: string | undefined,
): unknown {
  if (kind === "number") {
    const value = Number(text.normalize("NFKC").replaceAll(",", ""));
    return Number.isInteger(value) ? value : undefined;
  }
  if (kind === "event") {
    const [, device, sequence] = /^([a-z0-9][a-z0-9-]*)[/ #]([1-9]\d{0,14})$/.exec(text) ?? [];
    return device ? { device, sequence: Number(sequence) } : undefined;
  }
  return kind === "moment" ? momentIn(text, timeZone) : text;
}

/** The moment of a local day and time, as 2026-04-01T18:30, in the gateway's time zone. */
function momentIn(text: string, timeZone: string | undefined): number | undefined {
  const asUtc = Date.parse(`${text}Z`);
  if (Number.isNaN(asUtc)) return undefined;
  return asUtc - offsetAt(asUtc - offsetAt(asUtc, timeZone), timeZone);
}

/** By how much a time zone is ahead of UTC at a moment, in milliseconds. */
function offsetAt(at: number, timeZone: string | undefined): number {
  const parts = new Intl.DateTimeFormat("en-GB", {
    ...{ year: "numeric", month: "2-digit", day: "2-digit" },
    ...{ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
    ...(timeZone ? { timeZone } : {}),
  }).formatToParts(at);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
  const local = Date.UTC(
    ...([part("year"), part("month") - 1, part("day")] as const),
    ...([part("hour"), part("minute"), part("second")] as const),
  );
  return local - Math.floor(at / 1_000) * 1_000;
}
