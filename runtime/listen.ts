import { TeburaError } from "#contract/errors.ts";

/** A port that cannot be had, as an error that says what to do: PORT_IN_USE or CONFIG_INVALID. */
export function listenError(cause: unknown, port: number): TeburaError {
  const { code, message } = cause as NodeJS.ErrnoException;
  return code === "EADDRINUSE"
    ? new TeburaError(
        "PORT_IN_USE",
        `port ${port} is in use; stop what holds it, choose another one, or 0 for a free one`,
        { cause },
      )
    : new TeburaError("CONFIG_INVALID", `cannot listen on port ${port}: ${message}`, { cause });
}
