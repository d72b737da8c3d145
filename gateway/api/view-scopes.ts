import type { Scope } from "./api-keys.ts";

export const viewsPath = "/api/views/:name";

const byService: Readonly<Record<string, Scope>> = {
  bus: "bus:read",
  taxi: "taxi:read",
  school: "school:read",
  shelter: "shelter:read",
  medical: "medical:read",
  event: "tickets:read",
  payment: "payment:read",
  consents: "consents:read",
  galleries: "galleries:read",
};

/** What a service's view shows is opened by the service's own scope; everything else by that of events. */
export const scopeOfView = (name: string): Scope =>
  byService[name.split(".")[0] ?? ""] ?? "events:read";

export const scopesOfViews: readonly Scope[] = [...Object.values(byService), "events:read"];
