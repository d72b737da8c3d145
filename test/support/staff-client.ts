import { SoftPasskey } from "./soft-passkey.ts";

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
}

/** A browser's manners without the browser: one cookie jar, an Origin, and a passkey that is a program. */
export class StaffClient {
  readonly origin: string;
  /** Where the socket goes, when a proxy would stand in between. */
  readonly #behind: string | undefined;
  readonly passkey: SoftPasskey;
  readonly #kind: "staff" | "family" | "resident";
  cookie = "";
  csrf = "";

  constructor(origin: string, kind: "staff" | "family" | "resident" = "staff", behind?: string) {
    this.origin = origin;
    this.#behind = behind;
    this.#kind = kind;
    this.passkey = new SoftPasskey(origin);
  }

  async send(path: string, init: RequestInit = {}): Promise<Answer> {
    const headers = new Headers(init.headers);
    if (this.cookie !== "" && !headers.has("cookie")) headers.set("cookie", this.cookie);
    const answer = await fetch(`${this.#behind ?? this.origin}${path}`, {
      ...init,
      headers,
      redirect: "manual",
    });
    const set = answer.headers.get("set-cookie");
    if (set !== null) this.cookie = set.split(";")[0] ?? "";
    const text = await answer.text();
    const isJson = answer.headers.get("content-type")?.includes("json");
    return {
      ...{ status: answer.status, headers: answer.headers },
      body: isJson ? (JSON.parse(text) as Record<string, unknown>) : { text },
    };
  }

  async post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return await this.send(path, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        origin: this.origin,
        "sec-fetch-site": "same-origin",
        ...(this.csrf !== "" && { "x-tebura-csrf": this.csrf }),
        ...headers,
      },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  }

  /** A code and a new passkey. */
  async begin(code: string, name?: string): Promise<Answer> {
    const asked = await this.post(`/api/${this.#kind}/begin/options`, {
      ...{ code, ...(name && { name }) },
    });
    if (asked.status !== 200) return asked;
    const { ticket, options } = asked.body;
    const response = this.passkey.create(options as never);
    return this.#keep(await this.post(`/api/${this.#kind}/begin`, { ticket, response }));
  }

  async challenge() {
    const { body } = await this.post(`/api/${this.#kind}/sign-in/options`, {});
    return body as { readonly ticket: string; readonly options: { readonly challenge: string } };
  }

  async signIn(lie: Parameters<SoftPasskey["get"]>[1] = {}): Promise<Answer> {
    const { ticket, options } = await this.challenge();
    const response = this.passkey.get(options, lie);
    return this.#keep(await this.post(`/api/${this.#kind}/sign-in`, { ticket, response }));
  }

  #keep(answer: Answer): Answer {
    const { csrf } = answer.body;
    if (typeof csrf === "string") this.csrf = csrf;
    return answer;
  }
}
