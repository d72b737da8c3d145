import type { Hono } from "hono";
import { findTargetHandler } from "hono/utils/handler";
import type * as z from "zod";
import type { ErrorCode } from "#contract/errors.ts";
import type { Scope } from "./api-keys.ts";

/** What one handler of a route knows of it; what all of them know together describes the route. */
export interface RouteFacts {
  /** Each of these opens it to a key or a role. */
  readonly scopes?: readonly Scope[];
  /** Pages of people reach it: in a session of this kind, or on the way into one. */
  readonly people?: "staff" | "family" | "resident" | "entry";
  /** The schema that judges the body. A file has none. */
  readonly takes?: z.ZodType | "text/csv";
  /** A CSV file in place of one body of JSON. */
  readonly takesFileToo?: boolean;
  /** The schema that judges what stands after the question mark. */
  readonly query?: z.ZodType;
  /** The schemas of the parts of its path that vary; unset, any text. What does not fit, or is not there, is USAGE. */
  readonly parts?: Readonly<Record<string, z.ZodType>>;
  /** What it answers with: the schema of an answer, or a type of file; unset, an object of JSON. */
  readonly gives?: z.ZodType | MediaType;
  /** Its name for programs that are generated from the description; unset, it follows from the path. */
  readonly id?: string;
  readonly summary?: string;
  /** Beside what its words say. */
  readonly refuses?: readonly ErrorCode[];
}

export type MediaType =
  | "text/csv"
  | "text/html"
  | "text/css"
  | "text/plain"
  | "text/calendar"
  | "text/event-stream";

export interface MountedRoute extends RouteFacts {
  /** The schema of its answer, where that stands in no handler. */
  readonly answers?: z.ZodType;
  readonly method: string;
  /** As the router has it, with `:name` for a part that varies. */
  readonly path: string;
}

const facts = Symbol("what is known of a route");

/** The handler itself, with what is known of the route that it stands in. */
export function described<Handler extends object>(handler: Handler, known: RouteFacts): Handler {
  return Object.assign(handler, { [facts]: known });
}

/** Every route that is mounted, in the order of mounting, with all that its handlers know of it. */
export function mountedRoutes({ routes }: Pick<Hono, "routes">): readonly MountedRoute[] {
  const mounted = new Map<string, MountedRoute>();
  for (const { method, path, handler } of routes) {
    if (method === "ALL") continue; // What stands before every route, such as headers.
    const key = `${method} ${path}`;
    // A router that has words of its own for errors wraps the handlers of its routes.
    const known = (findTargetHandler(handler) as { [facts]?: RouteFacts })[facts];
    mounted.set(key, { ...mounted.get(key), ...known, method, path });
  }
  return [...mounted.values()];
}
