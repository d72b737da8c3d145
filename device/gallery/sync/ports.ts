import type { KeyObject } from "node:crypto";
import type { EventBody } from "#contract/events.ts";
import type { PersonId } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import type { DeviceIdentity } from "../../identity/identity.ts";
import type { GalleryStore } from "../gallery-store.ts";
import type { GalleryRights } from "../rights.ts";

/** What the galleries' side of a box touches. */
export interface GallerySyncPorts {
  readonly identity: DeviceIdentity;
  readonly service: Service;
  readonly gatewayKey: KeyObject;
  readonly store: GalleryStore;
  readonly rights: GalleryRights;
  readonly dimensions: number;
  readonly clock: Pick<Clock, "wall">;
  readonly log: Log;
  /** Publishes below this box's `gallery-reports`; may be lost, and is sent again. */
  publish(sealed: string): void;
  /** Resolves when the event would survive a power cut. */
  record(body: EventBody): Promise<{ readonly sequence: number }>;
  /** Orders were followed: the gateway may hear so at once, and not only with the next heartbeat. */
  followed(): Promise<void>;
  /** The gallery has somebody new, or new templates of somebody, or nobody by this id any more. */
  onChanged(person: PersonId): void;
  /** The gateway orders another rotation: everything goes through it. Returns how many templates there are. */
  rekey(seed: Uint8Array): { readonly rotation: string; readonly templates: number };
}
