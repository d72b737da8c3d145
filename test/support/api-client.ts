import type { Scope } from "#gateway/api/api-keys.ts";
import type { Gateway } from "#gateway/app.ts";
import { systemClock } from "#runtime/clock.ts";
import { asDescribed } from "./as-described.ts";

/** A program that speaks to a running gateway over HTTP with a key of these scopes. */
export class ApiClient {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(gateway: Gateway, url: string, scopes: readonly Scope[]) {
    const now = systemClock.wall();
    const expiresAt = (now + 3_600_000) as typeof now;
    const { text } = gateway.apiKeys.create({ name: "test", scopes, createdAt: now, expiresAt });
    this.#url = url;
    this.#headers = { authorization: `Bearer ${text}` };
  }

  async get(path: string): Promise<Response> {
    const response = await fetch(`${this.#url}${path}`, { headers: this.#headers });
    return await asDescribed("GET", path, response);
  }

  async json(path: string): Promise<Record<string, unknown>> {
    return (await (await this.get(path)).json()) as Record<string, unknown>;
  }

  async post(
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ status: number; body: Answered }> {
    const response = await fetch(`${this.#url}${path}`, {
      ...{ method: "POST", body: JSON.stringify(body) },
      headers: { ...this.#headers, "content-type": "application/json", ...headers },
    });
    await asDescribed("POST", path, response);
    return { status: response.status, body: (await response.json()) as Answered };
  }
}

export type Answered = Readonly<Record<string, unknown>>;
