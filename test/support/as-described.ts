import type * as z from "zod";
import { routeAnswers, viewAnswer, viewAnswers } from "#gateway/api/answers/answers.ts";

/**
 * The response, whose body is held to what the interface's description says of it: every test that asks
 * a gateway is a test of its description. Throws where an answer has a field more or less, or another type.
 */
export async function asDescribed(
  method: string,
  path: string,
  response: Response,
): Promise<Response> {
  const schema = response.status === 200 ? schemaOf(method, path.replace(/\?.*/, "")) : undefined;
  if (!schema) return response;
  const parsed = schema.safeParse(await response.clone().json());
  if (parsed.success) return response;
  const where = parsed.error.issues.map(({ path: at, message }) => `${at.join(".")}: ${message}`);
  throw new Error(`${method} ${path} answers otherwise than described: ${where.join("; ")}`);
}

function schemaOf(method: string, path: string): z.ZodType | undefined {
  const [, name] = /^\/api\/views\/(.+)$/.exec(path) ?? [];
  const view = name === undefined ? undefined : viewAnswers[name];
  if (view) return viewAnswer(view);
  const found = Object.keys(routeAnswers).find((route) => {
    const [ofMethod, ofPath = ""] = route.split(" ");
    return ofMethod === method && new RegExp(`^${ofPath.replaceAll(/:\w+/g, "[^/]+")}$`).test(path);
  });
  return found === undefined ? undefined : routeAnswers[found];
}
