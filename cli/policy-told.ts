import type { Explanation } from "#firmware-config/policy-explain.ts";
import type { RulesInForce } from "#firmware-config/rules-in-force.ts";
import type { Simulation } from "#gateway/policy/simulate.ts";
import type { RulesSimulation } from "#gateway/policy/simulate-rules.ts";

/** What a service would ask, as a person reads it on a terminal. */
export function toldExplanation(said: Explanation & { readonly rules: RulesInForce }): string {
  const { face } = said;
  const percent = (rate: number) => `${rate * 100} %`;
  const amount = said.amountYen === null ? "" : `, ${said.amountYen} yen`;
  return [
    `${said.service}${amount}: ${said.method} (${said.asksFor.join(" and ")}; strength ${said.strength} of 3)`,
    ...said.why.map((why) => `  ${why}`),
    ...(face
      ? [
          `  face: at most ${percent(face.falsePositiveIdentificationRateMax)} of strangers named, likely up to ${percent(face.likelyRateMax)}, lead ${face.marginMin}, liveness ${face.liveness}`,
        ]
      : []),
    `  in doubt: ${said.whenUnsure}; unknown: ${said.whenUnknown}; nothing can be written down: ${said.whenUnrecordable}`,
    ...(said.notAvailable ? [`  not available here: ${said.notAvailable}`] : []),
    ...said.offline.map((rule) => `  offline: ${rule}`),
    ...said.alternatives.map(
      ({ without, offer, words }) =>
        `  without ${without}: ${offer} ("${words.ja}" / "${words.en}")`,
    ),
    ...said.countsAsWell.map((way) => `  counts as well: ${way.join(" and ")}`),
    ...toldRules(said.rules),
  ].join("\n");
}

/** What another policy would change, as a person reads it on a terminal. */
export function toldSimulation({
  entries,
  services,
  rules,
}: Simulation & { readonly rules: RulesSimulation }): string {
  const lines = services.flatMap(
    ({ service, decisions, differing, askedOtherwise, differences }) => [
      `${service}: ${differing} of ${decisions} would come out differently, ${askedOtherwise} would be asked for something else`,
      ...differences.map(
        ({ was, reason, askedFor, wouldBe, wouldAskFor, count, examples }) =>
          `  ${count} × ${was} (${askedFor}, ${reason}) would be ${wouldBe} (${wouldAskFor}): ${examples.map(({ device, sequence }) => `${device} ${sequence}`).join(", ")}`,
      ),
    ],
  );
  return [`${entries} entries of the ledger`, ...lines, ...toldChanges(rules)].join("\n");
}

function toldRules({ endsAt, ...sections }: RulesInForce): readonly string[] {
  const rows = Object.entries(sections).map(([name, row]) => `  ${name}: ${JSON.stringify(row)}`);
  return endsAt === null ? rows : [`  the service ends at ${endsAt}`, ...rows];
}

/** Only what differs: a rule that changes nothing of the past is silent. */
function toldChanges({ bus, taxi, uses, afterEnd }: RulesSimulation): readonly string[] {
  const change = (what: string, { now, changed }: { now: number; changed: number }) =>
    now === changed ? [] : [`${what}: ${now} would be ${changed}`];
  return [
    ...change("bus fares in yen", bus.yen),
    ...change("bus rides without a settled fare", bus.unsettled),
    ...change("people who boarded", bus.boarded),
    ...change("taxi subsidies in yen", taxi.dueYen),
    ...change("taxi overdraws", taxi.overdraws),
    ...change("other findings of taxi rides", taxi.findings),
    ...uses.flatMap(({ service, tooLate }) => change(`${service}: decisions used late`, tooLate)),
    ...afterEnd.flatMap(({ service, ...of }) => change(`${service}: admitted after its end`, of)),
  ];
}
