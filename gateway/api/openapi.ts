import * as z from "zod";
import type { ErrorCode } from "#contract/errors.ts";
import { jsonStatuses } from "../sign-in/json-routes.ts";
import { routeAnswers, viewAnswer, viewAnswers } from "./answers/answers.ts";
import { routeWords } from "./api-words.ts";
import type { MountedRoute, RouteFacts } from "./described.ts";
import { deskStatuses } from "./desk-routes.ts";
import { refusalSchema } from "./operation.ts";
import type { RouteWords } from "./people-words.ts";
import { scopeOfView, viewsPath } from "./view-scopes.ts";

/** The version of what the API promises, not of the program. */
export const apiVersion = "1.2.0";

/** Of what belongs to programs; pages and their files are not described. */
const isOfApi = ({ path }: MountedRoute) => /^\/(api\/|metrics$|healthz$)/.test(path);

/** The HTTP interface in the words of OpenAPI 3.1, made from the very schemas that judge its requests. */
export function describeApi(routes: readonly MountedRoute[], words = routeWords) {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes.filter(isOfApi).flatMap(withViews)) {
    const path = route.path.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] ??= {};
    paths[path][route.method.toLowerCase()] = operationOf(route, words);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Tebura gateway",
      version: apiVersion,
      description:
        "Everything that programs and pages ask a gateway. Each refusal is { code, message }: the code is stable, the message is for people.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    paths,
    components: { securitySchemes, schemas: { Refusal: jsonSchema(refusalSchema, "output") } },
  };
}

/** Each view that is described has an operation of its own, behind its service's scope. */
function withViews(route: MountedRoute): readonly MountedRoute[] {
  if (route.path !== viewsPath) return [route];
  const views = Object.entries(viewAnswers).map(([name, view]) => ({
    ...{ method: route.method, path: viewsPath.replace(":name", name) },
    scopes: [scopeOfView(name)],
    answers: viewAnswer(view),
    summary: `What the view ${name} shows, and the ledger's last entry in it`,
  }));
  return [route, ...views];
}

const csrf =
  "Every method but GET carries the token of /api/staff/me, /api/family/me or /api/resident/me in the header x-tebura-csrf.";
const securitySchemes = {
  key: { type: "http", scheme: "bearer", description: "A key of tebura api-key create" },
  session: {
    ...{ type: "apiKey", in: "cookie", name: "tebura-staff" },
    description: `The session of somebody whose role opens the scope. ${csrf}`,
  },
  resident: {
    ...{ type: "apiKey", in: "cookie", name: "tebura-resident" },
    description: `The session of somebody at their own page. ${csrf}`,
  },
  family: {
    ...{ type: "apiKey", in: "cookie", name: "tebura-family" },
    description: `The session of a family member. ${csrf}`,
  },
};

function operationOf(route: MountedRoute, words: RouteWords) {
  const [summary, ...codes] = words[`${route.method} ${route.path}`] ?? [];
  const parameters = [...pathParameters(route), ...queryParameters(route.query)];
  return {
    operationId: route.id ?? idOf(route),
    tags: [tagOf(route.path)],
    summary: route.summary ?? summary,
    ...securityOf(route),
    ...(parameters.length > 0 && { parameters }),
    ...(route.takes && { requestBody: { required: true, content: bodyOf(route) } }),
    responses: {
      "200": {
        description: "Done",
        content: answerContent(route),
      },
      ...refusalsOf(route, codes),
    },
  };
}

function idOf({ method, path }: MountedRoute): string {
  const parts = path.split(/[/.:]+/).filter((part) => part !== "" && part !== "api");
  return [method.toLowerCase(), ...parts].join("-");
}

const tagOf = (path: string) => /^\/api\/([a-z-]+)/.exec(path)?.[1] ?? "gateway";

/** OpenAPI 3.1 lets other schemes than OAuth name the roles that are needed. */
function securityOf({ scopes, people }: RouteFacts) {
  if (people === "entry")
    return { security: [], description: "From a page of the gateway itself." };
  if (people === "family") return { security: [{ family: [] }] };
  if (people === "resident") return { security: [{ resident: [] }] };
  if (people === "staff") return { security: [{ session: [] }] };
  if (!scopes) return { security: [] };
  const [only] = scopes;
  const opened = scopes.map((scope) => `\`${scope}\``).join(", ");
  if (scopes.length > 1 || !only) {
    const description = `Needs the scope of what is asked for, one of ${opened}.`;
    return { security: [{ key: [] }, { session: [] }], description };
  }
  return {
    security: [{ key: [only] }, { session: [only] }],
    description: `Needs the scope ${opened}.`,
  };
}

function pathParameters({ path, parts = {} }: MountedRoute) {
  return [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => {
    const schema = parts[name] ? jsonSchema(parts[name], "input") : { type: "string" };
    return { name, in: "path", required: true, schema };
  });
}

/** A union of ways to ask is told as everything that may stand in one of them. */
function queryParameters(query: z.ZodType | undefined) {
  if (!query) return [];
  const described = jsonSchema(query, "input") as ObjectSchema;
  return (described.anyOf ?? [described]).flatMap(({ properties = {}, required = [] }) =>
    Object.entries(properties).map(([name, schema]) => ({
      ...{ name, in: "query", schema },
      required: described.anyOf === undefined && required.includes(name),
    })),
  );
}

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly ObjectSchema[];
}

function bodyOf({ takes = "text/csv", takesFileToo = false }: RouteFacts) {
  const file = takesFileToo ? contentOf("text/csv", "input") : {};
  return { ...contentOf(takes, "input"), ...file };
}

function contentOf(what: z.ZodType | string, io: "input" | "output") {
  if (typeof what === "string") return { [what]: { schema: { type: "string" } } };
  return { "application/json": { schema: jsonSchema(what, io) } };
}

/** Answers hold no defaults, and what they are made from has brands: as it is sent is as it is taken. */
function answerContent(route: MountedRoute) {
  if (route.gives) return contentOf(route.gives, "output");
  const known = route.answers ?? routeAnswers[`${route.method} ${route.path}`];
  return contentOf(known ?? z.looseObject({}), "input");
}

const statuses: Partial<Record<ErrorCode, number>> = {
  ...{ ...jsonStatuses, ...deskStatuses },
  ...{
    IMPORT_REFUSED: 422,
    DATA_LOCKED: 503,
    MEDICAL_SOURCE_UNSET: 503,
    MEDICAL_SOURCE_FAILED: 503,
  },
  ...{
    PERSON_NOT_FOUND: 404,
    SERVICE_UNKNOWN: 404,
    LEDGER_ENTRY_MISSING: 404,
    EVENT_MALFORMED: 400,
  },
  CONFIG_INVALID: 400,
};

const explained: Readonly<Record<number, string>> = {
  400: "What was sent does not fit",
  401: "Nobody who may ask: no key or session, or none that holds",
  403: "Not for whoever asks",
  404: "There is no such thing",
  409: "It does not fit what is on record",
  413: "The body is too large",
  421: "Not at this address",
  422: "It fits the form, and cannot be",
  429: "Too many requests; Retry-After says when to come again",
  500: "The gateway failed; its log says why",
  503: "Not now; come again",
};

/** Which refusals there are, by status, each with its codes: those of the guard, of the form, and of the desk. */
function refusalsOf(route: MountedRoute, codes: readonly ErrorCode[]) {
  const byStatus = new Map<number, Set<string>>();
  const add = (status: number, ...more: readonly string[]) =>
    byStatus.set(status, new Set([...(byStatus.get(status) ?? []), ...more]));
  if (route.takes || route.query) add(400, "USAGE");
  if (route.takes) add(413, "USAGE");
  if (route.parts) for (const status of [400, 404]) add(status, "USAGE");
  if (route.scopes) {
    add(401, "API_KEY_MISSING", "API_KEY_INVALID", "SESSION_ENDED");
    add(403, "API_KEY_SCOPE", "ACCESS_DENIED", "SITE_FOREIGN", "CROSS_SITE");
    add(429, "RATE_LIMITED");
  }
  if (route.people) {
    add(403, "CROSS_SITE");
    add(421, "SIGN_IN_ADDRESS");
    if (route.people !== "entry") add(401, "SESSION_ENDED");
  }
  for (const code of [...codes, ...(route.refuses ?? [])]) add(statuses[code] ?? 409, code);
  add(500, "UNEXPECTED");
  const sorted = [...byStatus].sort(([a], [b]) => a - b);
  return Object.fromEntries(
    sorted.map(([status, ofStatus]) => [`${status}`, refused(status, [...ofStatus], route)]),
  );
}

function refused(status: number, codes: readonly string[], { gives }: RouteFacts) {
  const told = codes.includes("IMPORT_REFUSED") && gives instanceof z.ZodObject;
  const refusal = { $ref: "#/components/schemas/Refusal" };
  const schema = {
    allOf: [
      // A refused import answers with its report, and says so as every refusal does.
      ...(told ? [jsonSchema(refusalSchema.extend(gives.shape), "output")] : [refusal]),
      { properties: { code: { enum: codes } } },
    ],
  };
  return {
    description: `${explained[status] ?? "Refused"}: ${codes.join(", ")}`,
    content: { "application/json": { schema } },
  };
}

function jsonSchema(schema: z.ZodType, io: "input" | "output") {
  const { $schema: _, ...described } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return described;
}
