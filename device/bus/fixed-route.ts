import type { BusSettings } from "#firmware-config/box-duties.ts";

type Due = BusSettings["fixedRoute"][number];

/**
 * The stops that came due after one look and until the next, in their order. At the first look, and over a
 * midnight, the newest one alone counts: where the vehicle is now, and not where it has been.
 */
export function stopsDue(
  route: readonly Due[],
  { after, now }: { readonly after: number | undefined; readonly now: number },
  localTime: (at: number) => { readonly day: string; readonly time: string },
): readonly Due[] {
  const today = localTime(now);
  const begun = route.filter(({ at }) => at <= today.time).sort((a, b) => (a.at < b.at ? -1 : 1));
  const before = after === undefined ? undefined : localTime(after);
  if (before?.day !== today.day) return begun.slice(-1);
  return begun.filter(({ at }) => at > before.time);
}
