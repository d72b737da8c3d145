import type { BoxPlace } from "../../../map/places.ts";
import type { Device } from "../../api/shapes.ts";

/** A box with where it is, as far as anybody has said. */
export interface PlacedBox {
  readonly box: Device;
  readonly place: BoxPlace | undefined;
}
