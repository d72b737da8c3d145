import type { ComponentType } from "preact";
import type { PageName } from "../page-paths.ts";

/** Every page, each in a file of its own that is loaded when somebody goes there. */
export const pages: Readonly<Record<PageName, () => Promise<ComponentType>>> = {
  overview: async () => (await import("./overview.tsx")).Overview,
  devices: async () => (await import("./devices.tsx")).Devices,
  map: async () => (await import("./map/map.tsx")).MapPage,
  bus: async () => (await import("./bus.tsx")).BusPage,
  attendance: async () => (await import("./attendance.tsx")).Attendance,
  shelter: async () => (await import("./shelter.tsx")).Shelter,
  taxi: async () => (await import("./taxi/taxi.tsx")).Taxi,
  medical: async () => (await import("./medical/medical.tsx")).Medical,
  tickets: async () => (await import("./tickets/tickets.tsx")).Tickets,
  payments: async () => (await import("./payments.tsx")).Payments,
  people: async () => (await import("./people/people.tsx")).People,
  quarantine: async () => (await import("./quarantine.tsx")).Quarantine,
  ledger: async () => (await import("./ledger.tsx")).LedgerPage,
  policy: async () => (await import("./policy.tsx")).Policy,
  accounts: async () => (await import("./accounts/accounts.tsx")).Accounts,
  audit: async () => (await import("./audit.tsx")).Audit,
};
