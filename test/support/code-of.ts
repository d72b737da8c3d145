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
