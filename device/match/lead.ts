/**
 * How far a similarity leads, so that a face that resembles everybody must score higher to count: a
 * quarter of what the probe scores against the closest other person, and a quarter of what the candidate's
 * own template scores against theirs, is taken off. Shares of 0.2 to 0.35 do as well; cohorts of more
 * people, or with their spread, do worse in galleries of hundreds. A stranger's best lead hardly depends
 * on how many people are searched, which no bare similarity can say.
 */
export function leadOf(similarity: number, otherOfProbe: number, otherOfCandidate: number): number {
  return similarity - share * (otherOfProbe + otherOfCandidate);
}

const share = 0.25;

/** With fewer people the closest other is too far off by chance, and bare similarities promise more. */
export const leadPeopleMin = 100;
