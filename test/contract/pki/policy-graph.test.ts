import { expect, test } from "vitest";
import { oid } from "#contract/pki/oids.ts";
import { PolicyGraph, userPolicies } from "#contract/pki/policy-graph.ts";

const named = (...policies: string[]) =>
  policies.map((policy) => ({ policy, qualifiers: undefined }));

test("mappings that fan out at every level cost no more than their number", () => {
  const ids = Array.from({ length: 40 }, (_, index) => `1.2.3.${index}`);
  const graph = new PolicyGraph();
  for (let depth = 0; depth < 10; depth++) {
    graph.addCertificate(named(...ids), true);
    // Each policy to every other: a tree would have 40^10 leaves.
    graph.applyMappings(
      ids.flatMap((issuer) => ids.map((subject) => ({ issuer, subject }))),
      true,
    );
  }
  graph.addCertificate(named("1.2.3.7"), true);
  expect([...graph.authorityPolicies()].sort()).toEqual([...ids].sort());
});

test("a mapped policy is told in the anchor's own terms", () => {
  const graph = new PolicyGraph();
  graph.addCertificate(named("1.1"), true);
  graph.applyMappings([{ issuer: "1.1", subject: "2.2" }], true);
  graph.addCertificate(named("2.2"), true);
  expect([...graph.authorityPolicies()]).toEqual(["1.1"]);
  expect([...userPolicies(graph.authorityPolicies(), new Set(["2.2"]))]).toEqual([]);
});

test("any policy all the way down gives the user what the user accepts", () => {
  const graph = new PolicyGraph();
  graph.addCertificate(named(oid.anyPolicy), true);
  graph.addCertificate(named(oid.anyPolicy), true);
  expect([...userPolicies(graph.authorityPolicies(), new Set(["1.1"]))]).toEqual(["1.1"]);
});

test("one certificate without policies ends them all, for good", () => {
  const graph = new PolicyGraph();
  graph.addCertificate(named("1.1"), true);
  graph.addCertificate(undefined, true);
  graph.addCertificate(named("1.1"), true);
  expect(graph.empty).toBe(true);
});
