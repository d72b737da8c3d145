/** Every page of the console by its name, and its address. The gateway answers no other address with a page. */
export const pagePaths = {
  overview: "/",
  devices: "/devices",
  map: "/map",
  bus: "/bus",
  attendance: "/attendance",
  shelter: "/shelter",
  taxi: "/taxi",
  medical: "/medical",
  tickets: "/tickets",
  payments: "/payments",
  people: "/people",
  quarantine: "/quarantine",
  ledger: "/ledger",
  policy: "/policy",
  audit: "/audit",
  accounts: "/accounts",
} as const;
export type PageName = keyof typeof pagePaths;
