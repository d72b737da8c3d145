import { errorCodeOf } from "#contract/errors.ts";

/** The code that an action throws; undefined when it throws nothing, the error's text without a code. */
export function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return errorCodeOf(error) ?? String(error);
  }
}

/** The same of a promise that is rejected. */
export async function rejectedWith(work: Promise<unknown>): Promise<string | undefined> {
  return await work.then(
    () => undefined,
    (error) => errorCodeOf(error) ?? String(error),
  );
}
