import { randomBytes } from "node:crypto";
import { rotationName } from "#contract/rotation-name.ts";
import { replaceFile, secretBytesFile } from "#runtime/key-file.ts";

/**
 * The deployment's secret of rotation. The gateway has it, and no template; a box has both. It is read anew
 * each time, since `tebura gallery rekey` is another process.
 */
export class RotationSecret {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  get seed(): Uint8Array {
    return secretBytesFile(this.#path);
  }

  /** The same in base64url. */
  get text(): string {
    return Buffer.from(this.seed).toString("base64url");
  }

  /** How the rotation is called in the open. */
  get name(): string {
    return rotationName(this.seed);
  }

  /** Puts a new secret in place of the old, which is destroyed; every box is told with its next heartbeat. */
  renew(): void {
    replaceFile(this.#path, randomBytes(32).toString("base64url"));
  }
}
