import type { Appliance } from "#device/app.ts";
import { openFace } from "#device/card/face-application.ts";
import { readBirthDate } from "#device/card/text-application.ts";
import { CounterEnrolment } from "#device/counter/counter-enrolment.ts";
import { describeOneFace } from "#device/enrolment/enrol.ts";
import { resemblingPeople } from "#device/enrolment/record-look-alikes.ts";
import type { DeviceIdentity } from "#device/identity/identity.ts";
import { keepPerson } from "#device/kiosk/keep-person.ts";
import { decodeCardPhotograph } from "#device/source/card-photograph.ts";
import type { CalibrationRow } from "#models/calibration.ts";
import { falseMatchRateAt } from "#models/calibration.ts";
import type { CardParts } from "./cards.ts";
import type { ScreenParts } from "./kiosk-ports.ts";

interface CounterParts extends Pick<ScreenParts, "link" | "sitting" | "service"> {
  readonly cards: CardParts;
  readonly calibration: readonly CalibrationRow[];
  readonly identity: Pick<DeviceIdentity, "pseudonymOf">;
}

/** Joins an enrolment at the counter to the box: its camera, its reader, its gallery, its ledger. */
export function openCounter(appliance: Appliance, parts: CounterParts): CounterEnrolment {
  const { gallery, index, vision } = appliance;
  const { link, sitting, service, cards, calibration, identity } = parts;
  const welcome = appliance.welcome.bind(appliance);
  return new CounterEnrolment({
    ...{ sitting, service, consents: appliance.consented?.desk },
    openCard: cards.openCard,
    async photographTemplate(channel, numberB) {
      const face = await openFace(channel);
      await face.verifyNumberB(numberB);
      const bytes = await face.readPhotograph();
      const image = await decodeCardPhotograph(bytes).finally(() => bytes.fill(0));
      try {
        return await describeOneFace(image, "the card's photograph", vision);
      } finally {
        image.data.fill(0);
      }
    },
    birthDateOn: readBirthDate,
    resembling: async (template, except) =>
      await resemblingPeople({ index, calibration }, template, except),
    falseMatchRateOf(one, other) {
      let cosine = 0;
      for (let i = 0; i < one.length; i++) cosine += one[i]! * other[i]!;
      return falseMatchRateAt(calibration, cosine);
    },
    nameOf: (person) => gallery.nameOf(person),
    keepInTrial: (name, template) =>
      keepPerson({ gallery, index, calibration, welcome }, name, [template]),
    markLookAlikes: (one, other) => gallery.markLookAlikes(one, other),
    record: async (body) => await appliance.outbox.append(body),
    pseudonymOf: (person) => identity.pseudonymOf(service, person),
    onBegun: () => link.send({ kind: "enrolment-begun" }),
    onEnded: (result) => link.send({ kind: "enrolled", ...result }),
  });
}
