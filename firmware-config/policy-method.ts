/** The ways in which a service can ask who somebody is. Tiers choose one of them by the amount. */
export const methodNames = ["face", "card", "phone", "face+card", "face+phone", "ticket"] as const;
export type Method = (typeof methodNames)[number];

/** What somebody can be without. */
export const missingNames = ["template", "phone", "card"] as const;
export type Missing = (typeof missingNames)[number];

/**
 * How sure a method is, from 1 to 3: a face alone, something that holds a key (a card, a phone; a
 * ticket was bought with one), and a face together with such a thing. Two methods of the same
 * strength stand in for each other; a weaker one never does.
 */
const strengths: Readonly<Record<Method, 1 | 2 | 3>> = {
  face: 1,
  card: 2,
  phone: 2,
  ticket: 2,
  "face+card": 3,
  "face+phone": 3,
};
export function strengthOf(method: Method): 1 | 2 | 3 {
  return strengths[method];
}
