import { claimLinesMax } from "#contract/bodies/taxi.ts";
import type { EventBody } from "#contract/events.ts";
import { csvOf } from "#contract/export/csv.ts";
import type { TaxiClaimRide, TaxiClaims } from "../views/taxi-claims.ts";

export interface ClaimAsked {
  readonly company: string;
  /** As 2026-04. */
  readonly month: string;
}

type Statement = Extract<EventBody, { type: "taxi.claim-stated" }>;

/** A ride as a claim for a month sees it: what is due, what claims have stated, and what is still open. */
interface ClaimLine {
  readonly ride: TaxiClaimRide;
  readonly statedYen: number;
  readonly statedBeforeYen: number;
  readonly openYen: number;
}

/**
 * Rides up to the end of a month of which something is claimed for it or still to be claimed: the month's
 * own rides, and whatever a correction or a late batch has changed of earlier ones.
 */
function linesOf({ companies }: TaxiClaims, { company, month }: ClaimAsked): readonly ClaimLine[] {
  const rides = companies.find((one) => one.company === company)?.rides ?? [];
  return rides
    .filter(({ day }) => day.slice(0, 7) <= month)
    .map((ride) => {
      const sum = (of: (stated: { readonly month: string }) => boolean) =>
        ride.stated.filter(of).reduce((total, { yen }) => total + yen, 0);
      const statedYen = sum((stated) => stated.month === month);
      const statedBeforeYen = sum((stated) => stated.month < month);
      return { ride, statedYen, statedBeforeYen, openYen: ride.dueYen - sum(() => true) };
    })
    .filter(({ statedYen, openYen }) => statedYen !== 0 || openYen !== 0);
}

/** What is open of a company up to a month, as events of a size; none where nothing is. */
export function statementsFor(claims: TaxiClaims, asked: ClaimAsked): readonly Statement[] {
  const lines = linesOf(claims, asked)
    .filter(({ openYen }) => openYen !== 0)
    .map(({ ride: { device, sequence }, openYen: yen }) => ({ ride: { device, sequence }, yen }));
  const parts = Math.ceil(lines.length / claimLinesMax);
  return Array.from({ length: parts }, (_, part) => ({
    ...{ type: "taxi.claim-stated", ...asked },
    lines: lines.slice(part * claimLinesMax, (part + 1) * claimLinesMax),
  }));
}

const columns = [
  ...(["company", "month", "ride", "day", "fare_yen", "riders", "due_yen"] as const),
  ...(["claimed_before_yen", "claimed_yen", "open_yen", "flaws"] as const),
] as const;

/** The claim file of a company for a month. It names no rider: the company's books need none. */
export function claimCsv(claims: TaxiClaims, asked: ClaimAsked): string {
  return csvOf(
    columns,
    linesOf(claims, asked).map(({ ride, statedYen, statedBeforeYen, openYen }) => ({
      ...{ ...asked, ride: `${ride.device} ${ride.sequence}`, day: ride.day },
      ...{ fare_yen: ride.fareYen, riders: ride.riders, due_yen: ride.dueYen },
      ...{ claimed_before_yen: statedBeforeYen, claimed_yen: statedYen, open_yen: openYen },
      flaws: ride.flaws.join(" "),
    })),
  );
}
