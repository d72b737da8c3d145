import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import { type GtfsFeed, readGtfs } from "../bus/gtfs.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { tierFrom } from "../payment/tier.ts";
import type { Policies } from "../policy/policies.ts";
import { KeptViews } from "./kept-views.ts";

interface OpenViews {
  readonly config: { readonly timeZone: string; readonly gtfs?: string | undefined };
  readonly ports: { readonly clock: Pick<Clock, "wall">; readonly log: Log };
  readonly ledger: Pick<Ledger, "after">;
  readonly policies: Pick<Policies, "live" | "table">;
}

/** Rows that are logged one by one; `/api/bus/feed` names the others too. */
const problemsLogged = 100;

/** The views of a gateway, not folded yet. Throws CONFIG_INVALID for a feed that cannot be read. */
export function openViews({ config, ports, ledger, policies }: OpenViews): KeptViews {
  const { live: rules } = policies;
  const { clock, log } = ports;
  return new KeptViews({
    ...{ ledger, rules, timeZone: config.timeZone, feed: feedOf(config.gtfs, log) },
    tierOf: tierFrom(() => policies.table),
    routeWatch: {
      get rules() {
        return rules.school;
      },
      wall: () => clock.wall(),
    },
  });
}

/** A bad row stops no gateway: the others are taken, and this one is told with its file and line. */
function feedOf(path: string | undefined, log: Log): GtfsFeed | undefined {
  if (path === undefined) return undefined;
  const feed = readGtfs(path);
  for (const { file, line, why } of feed.problems.slice(0, problemsLogged)) {
    log("gtfs.row-left-out", { file: `${file} line ${line}`, reason: why });
  }
  log("gtfs.read", { path, entries: feed.trips.size, count: feed.problems.length });
  return feed;
}
