import type { KeyObject } from "node:crypto";
import type { DeviceId } from "#contract/ids.ts";
import type { CityRules } from "#firmware-config/city-rules.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import type { Desk } from "../desk/desk.ts";
import type { PersonRegistry } from "../persons/person-registry.ts";
import type { DeviceStatus } from "../registry/device-status.ts";
import type { KeptViews } from "../views/kept-views.ts";
import { School, type SchoolConfig } from "./school.ts";

/** A busy door has always something on its way; more than this is a box that was cut off. */
const outboxDepthMax = 10;

interface Config {
  readonly dataDir: string;
  readonly timeZone: string;
  readonly school?: SchoolConfig | undefined;
}

/** Schools over a gateway's own parts. Throws CONFIG_INVALID and what the databases throw. */
export function openSchool(of: {
  readonly config: Config;
  readonly ports: { readonly clock: Clock; readonly log: Log };
  readonly registry: PersonRegistry;
  readonly privateKey: KeyObject;
  readonly desk: Pick<Desk, "record">;
  readonly views: Pick<KeptViews, "current">;
  readonly status: Pick<DeviceStatus, "of">;
  /** Read at each look. */
  readonly rules: Pick<CityRules, "school">;
}): School {
  const { config, ports, registry, privateKey, desk, views, status, rules } = of;
  const stateOf = (box: DeviceId) => status.of(box, ports.clock.wall());
  return new School({
    ...{ ...ports, registry, privateKey, dataDir: config.dataDir, timeZone: config.timeZone },
    config: {
      notices: config.school?.notices ?? { webhooks: [] },
      get rules() {
        return rules.school;
      },
    },
    record: (body) => desk.record(body),
    state: () => views.current.schoolRegister.state,
    // A gateway has a clock to forget by, so its views hold it.
    watch: () => views.current.routeWatch!.state,
    isSilent: (box) => stateOf(box).silent,
    isBehind: (box) => {
      const { silent, health } = stateOf(box);
      return silent || (health?.outboxDepth ?? 0) > outboxDepthMax;
    },
  });
}
