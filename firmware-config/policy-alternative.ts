import * as z from "zod";
import { type Method, type Missing, strengthOf } from "./policy-method.ts";

/**
 * The languages of the screen: Japanese, Japanese in plain words for everybody, English, and those that
 * an operator may leave to the words that ship: Simplified Chinese, Portuguese, Vietnamese. In plain
 * Japanese the reading of a kanji may be written over it, as [漢字|かんじ].
 */
const line = z.string().min(1).max(200);
const wordsSchema = z.strictObject({
  ...{ ja: line, "ja-easy": line, en: line },
  ...{ zh: line.optional(), pt: line.optional(), vi: line.optional() },
});
export type PolicyWords = Readonly<z.infer<typeof wordsSchema>>;

/**
 * What somebody is offered who cannot do what the method asks: their card with its PIN, or a person at
 * the desk who serves them by their papers. The words on the screen are part of the policy, since how
 * it is said decides whether it is an equal way or a lesser one.
 */
const alternativeSchema = z.strictObject({
  offer: z.enum(["card", "staff"]),
  words: wordsSchema,
});
export type Alternative = Readonly<z.infer<typeof alternativeSchema>>;

/** By what somebody is without. What is not named has the words that ship. */
export const alternativesSchema = z
  .strictObject({
    template: alternativeSchema.optional(),
    phone: alternativeSchema.optional(),
    card: alternativeSchema.optional(),
  })
  .refine((rows) => rows.card?.offer !== "card", {
    error: "somebody without a card cannot be offered to use it",
    path: ["card", "offer"],
  });
type Alternatives = Readonly<z.infer<typeof alternativesSchema>>;

const withCard: PolicyWords = {
  ja: "マイナンバーカードでもご利用いただけます。カードを置いてください。",
  "ja-easy": "マイナンバーカードでも [使|つか]えます。カードを おいてください。",
  en: "You can use your My Number Card just as well. Please put it on the reader.",
};
const withStaff: PolicyWords = {
  ja: "係員が同じように手続きをいたします。窓口へどうぞ。",
  "ja-easy": "[係|かかり]の [人|ひと]が おなじように てつづきを します。[窓口|まどぐち]へ どうぞ。",
  en: "Our staff will do the same for you. You are welcome at the desk.",
};

/**
 * The alternative for somebody without a template, a phone or a card, whatever the row says or leaves
 * out: nobody is left standing. A card is offered only where it is as sure as the method that it stands
 * in for, so an alternative is never the weak way in.
 */
export function alternativeFor(
  policy: { readonly method: Method; readonly alternatives?: Alternatives | undefined },
  missing: Missing,
): Alternative {
  const named = policy.alternatives?.[missing];
  if (named && (named.offer === "staff" || cardStandsInFor(policy.method))) return named;
  return missing !== "card" && cardStandsInFor(policy.method)
    ? { offer: "card", words: withCard }
    : { offer: "staff", words: withStaff };
}

/** Whether a card with its PIN is at least as sure as the method. */
function cardStandsInFor(method: Method): boolean {
  return method === "ticket" || strengthOf("card") >= strengthOf(method);
}
