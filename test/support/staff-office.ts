import { expect } from "vitest";
import type { Event } from "#contract/events.ts";
import { type Clock, systemClock } from "#runtime/clock.ts";
import { startGateway, temporaryFolder } from "#test/gateway/gateway-under-test.ts";
import { StaffClient } from "./staff-client.ts";

/** A gateway with its first administrator, who holds every role. */
export async function office(clock: Clock = systemClock) {
  const folder = temporaryFolder();
  const running = await startGateway(folder.path, "Asia/Tokyo", 0, clock);
  const administrator = new StaffClient(running.pageUrl);
  const begun = await administrator.begin(running.firstStart!.code, "木村");
  return {
    ...{ ...running, folder, administrator, begun },
    /** Somebody new, who has begun. */
    async member(...grants: readonly object[]) {
      const { body } = await administrator.post("/api/staff/accounts", { name: "人", grants });
      const client = new StaffClient(running.pageUrl);
      const { status } = await client.begin(body["code"] as string);
      expect(status).toBe(200);
      return { client, id: (body["account"] as { id: string }).id };
    },
    /** What the ledger says, oldest first. */
    async audit() {
      const answer = await running.ask("/api/events?limit=1000");
      const { events } = (await answer.json()) as { events: readonly { event: Event }[] };
      return events.map(({ event }) => event.body);
    },
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}
