import { cpuTemperature, currentLoad } from "systeminformation";
import type { HostProbe } from "./governor.ts";

/** The machine's own sensors. A machine without any (a container, a virtual one) says nothing. */
export function hostProbe(): HostProbe {
  return {
    async sample() {
      const [heat, use] = await Promise.all([
        cpuTemperature().catch(() => undefined),
        currentLoad().catch(() => undefined),
      ]);
      const hottest = Math.max(heat?.max ?? 0, heat?.main ?? 0);
      const share = (use?.currentLoad ?? Number.NaN) / 100;
      return {
        // No processor that runs is at 0 degrees: that is how a missing sensor reads.
        temperature: hottest > 0 ? hottest : undefined,
        load: Number.isFinite(share) ? Math.max(0, Math.min(1, share)) : undefined,
      };
    },
  };
}
