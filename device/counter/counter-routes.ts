import * as z from "zod";
import { TeburaError } from "#contract/errors.ts";
import { limits } from "#contract/limits.ts";
import { serviceSchema } from "#contract/services.ts";
import type { Guardianship } from "../consent/guardianship.ts";
import type { KioskPorts } from "../kiosk/messages.ts";
import { bodyOf, type OperatorModule } from "../operator/operator-routes.ts";
import { clerksAnswers } from "./clerks-question.ts";
import type { CounterEnrolment } from "./counter-enrolment.ts";

const daySchema = z.iso.date();
const whySchema = z.union([
  z.strictObject({ birthDate: daySchema }),
  z.strictObject({ lastDay: daySchema }),
]);
const guardianSchema = z.strictObject({
  why: whySchema,
  ward: z.enum(["card", "enrolled"]),
  textPin: z
    .string()
    .regex(/^\d{4}$/)
    .optional(),
});
const beginSchema = z.strictObject({
  name: z.string().min(1).max(limits.nameCharactersMax),
  /** The consents that were read to the person and that they agree to; none in a trial. */
  services: z.array(serviceSchema).max(13),
  /** That the person was told what is kept, where nothing is signed. */
  consent: z.literal(true),
  numberB: z
    .string()
    .regex(/^\d{14}$/)
    .optional(),
  /** That the pictures follow from a class's folder (`tebura enrol --class`). */
  later: z.literal(true).optional(),
  /** That a guardian's card signs, and for whom. */
  guardian: guardianSchema.optional(),
});
const answerSchema = z.strictObject({ answer: z.enum(clerksAnswers) });

interface CounterRoutePorts {
  readonly counter: CounterEnrolment;
  /** What people, or their guardians, are asked to agree to here, with the words; empty in a trial. */
  asked(guardianship?: Guardianship): ReturnType<KioskPorts["asked"]>;
  /** Whom the box recognises less and less, the weakest first. */
  readonly fallen: () => readonly { readonly name: string | undefined; readonly fallen: number }[];
}

/** Enrolment as a clerk does it, on the operator's page of any box. */
export function counterRoutes({ counter, asked, fallen }: CounterRoutePorts): OperatorModule {
  let shown: ReturnType<KioskPorts["asked"]> = [];
  return {
    name: "enrolment",
    mount(api) {
      api.get("/enrolment", (context) => context.json(counter.view));
      api.get("/enrolment/fallen", (context) =>
        context.json({
          people: fallen().map(({ name, fallen: by }) => ({ name: name ?? null, fallen: by })),
        }),
      );
      api.get("/enrolment/consents", (context) => {
        const query = context.req.query();
        const why = Object.keys(query).length > 0 ? whyOf(query) : undefined;
        shown = asked(why);
        const consents = shown.map(({ service, name, words }) => ({ service, name, words }));
        return context.json({ consents });
      });
      api.post("/enrolment", async (context) => {
        const { name, services, numberB, later, guardian } = await bodyOf(context, beginSchema);
        const agreed = shown.filter(({ service }) => services.includes(service));
        if (shown.length > 0 && agreed.length === 0) {
          throw new TeburaError(
            "CONSENT_NEEDED",
            "nobody is enrolled without words that they agreed to",
          );
        }
        counter.begin({
          ...{ name, agreed, later, numberB: digitsOf(numberB) },
          guardian: guardian && { ...guardian, textPin: digitsOf(guardian.textPin) },
        });
        return context.json(counter.view, 202);
      });
      api.post("/enrolment/answer", async (context) => {
        const { answer } = await bodyOf(context, answerSchema);
        counter.answer(answer);
        return context.json({});
      });
      api.post("/enrolment/cancel", (context) => {
        counter.cancel();
        return context.json({});
      });
    },
  };
}

const digitsOf = (digits: string | undefined) => (digits ? Buffer.from(digits) : undefined);

/** Whose words are read out: a guardian's end where a guardian's may. */
function whyOf(query: unknown): Guardianship {
  const parsed = whySchema.safeParse(query);
  if (parsed.success) return parsed.data;
  throw new TeburaError("REQUEST_INVALID", "birthDate or lastDay has to be a day: YYYY-MM-DD");
}
