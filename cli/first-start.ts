import type { Started } from "#gateway/app.ts";

/** How the first administrator comes in; nothing once there is one. */
export function firstStartLines({ pageUrl, firstStart }: Started): string {
  if (!firstStart) return "";
  return `
  Nobody can sign in yet. Open ${pageUrl}/first-start and type this code:

    ${firstStart.code}

  It is good once, for an hour; a restart or "tebura staff first-code" makes another.

`;
}
