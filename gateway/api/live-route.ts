import type { MiddlewareHandler } from "hono";
import type { CookieDoor } from "../staff/staff-door.ts";
import type { Authorised, Guard } from "./authorise.ts";
import type { LiveFeed } from "./live-feed.ts";

/**
 * The stream that pages follow. Whoever may read the events of the whole city is told of each; everybody
 * else who is signed in is told that something happened, so that what their own role shows stays fresh.
 */
export function liveRoute(
  live: LiveFeed,
  staff: Pick<CookieDoor, "judge" | "judgeAnybody">,
  guard: Guard,
): MiddlewareHandler<Authorised> {
  const guarded = guard("events:read");
  return async (context) => {
    const anybody = staff.judgeAnybody(context);
    if (anybody && !("status" in anybody)) {
      const reader = staff.judge(context, "events:read");
      const seesAll = reader && !("status" in reader) && reader.sites === undefined;
      const { stillHolds } = anybody;
      return live.serve(context, { sees: seesAll ? "rows" : "pulse", stillHolds });
    }
    // A program with a key, or nobody: the guard answers.
    let answer: Response | undefined;
    const refusal = await guarded(context, async () => {
      answer = live.serve(context, { sees: "rows", stillHolds: context.get("stillHolds") });
    });
    return refusal ?? answer ?? context.res;
  };
}
