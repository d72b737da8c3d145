import type { TaxiBookings } from "../views/taxi-bookings.ts";
import type { TaxiClaims } from "../views/taxi-claims.ts";

/** What some companies are owed for their rides, and nobody else's. It names no rider. */
export const claimsOfCompanies = (
  { companies }: TaxiClaims,
  own: readonly string[],
): TaxiClaims => ({ companies: companies.filter(({ company }) => own.includes(company)) });

/** What was booked of some companies. Who may ride for whom is the city's matter, and no company's. */
export const bookingsOfCompanies = (
  { bookings }: Pick<TaxiBookings, "bookings">,
  own: readonly string[],
): TaxiBookings => ({
  bookings: bookings.filter(({ company }) => own.includes(company)),
  proxies: [],
});
