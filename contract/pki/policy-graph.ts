import type { PolicyInformation, PolicyMapping } from "./extension-values.ts";
import { oid } from "./oids.ts";

interface PolicyNode {
  readonly policy: string;
  expected: ReadonlySet<string>;
  readonly parents: ReadonlySet<PolicyNode>;
}

/**
 * The valid policies along a path. RFC 5280 keeps a tree, which a hostile chain can blow up
 * exponentially; RFC 9618 proves this graph equal to it, with one node for each policy and depth.
 */
export class PolicyGraph {
  /** One level for each certificate so far, after the root; empty once no policy is valid. */
  #levels: Map<string, PolicyNode>[] = [new Map([[oid.anyPolicy, rootNode()]])];

  get empty(): boolean {
    return this.#levels.length === 0;
  }

  /** RFC 9618 section 5.3, steps (d) and (e). `anyPolicyCounts`: inhibitAnyPolicy lets it count. */
  addCertificate(
    policies: readonly PolicyInformation[] | undefined,
    anyPolicyCounts: boolean,
  ): void {
    const above = this.#levels.at(-1);
    if (!above) return;
    if (!policies) {
      this.#levels = [];
      return;
    }
    const level = new Map<string, PolicyNode>();
    const anyAbove = above.get(oid.anyPolicy);
    for (const { policy } of policies) {
      if (policy === oid.anyPolicy) continue;
      const expecting = nodesExpecting(above, policy);
      const parents = expecting.size > 0 ? expecting : new Set(anyAbove ? [anyAbove] : []);
      if (parents.size > 0) level.set(policy, node(policy, parents));
    }
    if (anyPolicyCounts && policies.some(({ policy }) => policy === oid.anyPolicy)) {
      for (const policy of new Set([...above.values()].flatMap((one) => [...one.expected]))) {
        if (!level.has(policy)) level.set(policy, node(policy, nodesExpecting(above, policy)));
      }
    }
    this.#levels.push(level);
    this.#prune();
  }

  /** RFC 9618 section 5.4, step (b). `allowed`: inhibitPolicyMapping still lets mappings count. */
  applyMappings(mappings: readonly PolicyMapping[], allowed: boolean): void {
    const level = this.#levels.at(-1);
    if (!level) return;
    const targets = new Map<string, Set<string>>();
    for (const { issuer, subject } of mappings) {
      targets.set(issuer, (targets.get(issuer) ?? new Set()).add(subject));
    }
    for (const [policy, subjects] of targets) {
      const mapped = level.get(policy);
      const any = level.get(oid.anyPolicy);
      if (!allowed) level.delete(policy);
      else if (mapped) mapped.expected = subjects;
      else if (any) level.set(policy, { policy, expected: subjects, parents: any.parents });
    }
    this.#prune();
  }

  /** RFC 9618 section 5.5, step (g): what the authorities allow, in the trust anchor's own terms. */
  authorityPolicies(): ReadonlySet<string> {
    const found = new Set<string>();
    for (const level of this.#levels.slice(1)) {
      for (const one of level.values()) {
        const fromAny = [...one.parents].some((parent) => parent.policy === oid.anyPolicy);
        if (fromAny && one.policy !== oid.anyPolicy) found.add(one.policy);
      }
    }
    if (this.#levels.at(-1)?.has(oid.anyPolicy)) found.add(oid.anyPolicy);
    return found;
  }

  /** Drops nodes without children above the last level; without a last level, everything. */
  #prune(): void {
    for (let depth = this.#levels.length - 2; depth >= 0; depth--) {
      const below = this.#levels[depth + 1] ?? new Map<string, PolicyNode>();
      const parents = new Set([...below.values()].flatMap((one) => [...one.parents]));
      const level = this.#levels[depth] ?? new Map<string, PolicyNode>();
      for (const [policy, one] of level) if (!parents.has(one)) level.delete(policy);
    }
    if (this.#levels.at(-1)?.size === 0) this.#levels = [];
  }
}

function rootNode(): PolicyNode {
  return node(oid.anyPolicy, new Set());
}

function node(policy: string, parents: ReadonlySet<PolicyNode>): PolicyNode {
  return { policy, expected: new Set([policy]), parents };
}

function nodesExpecting(level: Map<string, PolicyNode>, policy: string): ReadonlySet<PolicyNode> {
  return new Set([...level.values()].filter((one) => one.expected.has(policy)));
}

/**
 * What remains of the authorities' policies under the ones that the user accepts
 * (RFC 9618 section 5.5, step (g)(4)). `acceptable` undefined stands for any policy.
 */
export function userPolicies(
  authority: ReadonlySet<string>,
  acceptable: ReadonlySet<string> | undefined,
): ReadonlySet<string> {
  if (!acceptable) return authority;
  if (authority.has(oid.anyPolicy)) return acceptable;
  return new Set([...authority].filter((policy) => acceptable.has(policy)));
}
