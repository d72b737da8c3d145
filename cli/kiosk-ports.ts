import { TeburaError } from "#contract/errors.ts";
import type { Service } from "#contract/services.ts";
import type { Appliance } from "#device/app.ts";
import { coveringOf } from "#device/enrolment/covering.ts";
import { fuseTemplates } from "#device/enrolment/enrol.ts";
import { checkedName } from "#device/enrolment/photo-folder.ts";
import { GuidedEnrolment } from "#device/kiosk/guided-enrolment.ts";
import { keepPerson } from "#device/kiosk/keep-person.ts";
import type { KioskLink } from "#device/kiosk/kiosk-link.ts";
import type { KioskPorts, KioskStatus } from "#device/kiosk/messages.ts";
import type { PinPad } from "#device/kiosk/pin-pad.ts";
import type { FrameSource } from "#device/source/frame-source.ts";
import { KioskSource } from "#device/source/kiosk.ts";
import type { CalibrationRow } from "#models/calibration.ts";
import type { Log } from "#runtime/log.ts";
import type { CardParts } from "./cards.ts";
import { clock } from "./parts.ts";
import { refuseInTrial } from "./refuse-without-consent.ts";

export interface ScreenParts {
  readonly link: KioskLink;
  readonly pinPad: PinPad;
  readonly cards: CardParts;
  readonly sitting: GuidedEnrolment;
  readonly source: FrameSource;
  readonly service: Service;
  /** Who may press "enrol" at the screen. */
  readonly enrolment: "operator" | "anybody";
}

/** What the page may do to the appliance, and what it is told. */
export function kioskPorts(appliance: Appliance, parts: ScreenParts): KioskPorts {
  const { link, pinPad, cards, sitting, source, service } = parts;
  return {
    onFrame: (jpeg) => source instanceof KioskSource && source.push(jpeg),
    onPageLeft: () => source instanceof KioskSource && source.pageLeft(),
    asked: () => appliance.consented?.desk.asked ?? [],
    async enrol(request, signal) {
      if (enrolmentAt(appliance, parts) === "closed") refuseUnattended();
      return await sitting.enrol(request, signal);
    },
    subscribe: (listener, pictures) => link.subscribe(listener, pictures),
    onPin: (digits) => pinPad.enter(digits),
    withdraw: async (services, signal) => {
      if (!appliance.consented) refuseInTrial();
      return { ok: true, services: await appliance.consented.desk.withdraw(signal, services) };
    },
    onCardCancelled: () => pinPad.cancel(),
    onVirtualCard: (place) => cards.virtual?.move(place),
    status: () => ({
      ...{ service, people: appliance.index.people, source: source.state },
      camera: source instanceof KioskSource ? "page" : "box",
      virtualCard: cards.virtual?.place ?? "none",
      online: appliance.uplink.isConnected,
      enrolment: enrolmentAt(appliance, parts),
      withdrawal: appliance.consented !== undefined && hasReader(cards),
    }),
  };
}

const hasReader = ({ readers }: CardParts) => readers.names.length > 0;

/** Where a card signs, it is the key; where nothing is signed, somebody has to have allowed it. */
function enrolmentAt(
  { consented }: Appliance,
  { cards, enrolment }: Pick<ScreenParts, "cards" | "enrolment">,
): KioskStatus["enrolment"] {
  if (enrolment === "operator") return "closed";
  if (!consented) return "open";
  return hasReader(cards) ? "signed" : "closed";
}

function refuseUnattended(): never {
  throw new TeburaError(
    "ENROLMENT_CLOSED",
    "nobody enrols by themselves at this screen; the operator's page of the box does it " +
      '(the setting device.kiosk.enrolment "anybody" opens the screen)',
  );
}

interface EnrolmentParts {
  readonly link: KioskLink;
  readonly calibration: readonly CalibrationRow[];
  readonly log: Log;
}

/** The sitting before the camera, and what becomes of what it has seen. */
export function openSitting(
  appliance: Appliance,
  { link, calibration, log }: EnrolmentParts,
): GuidedEnrolment {
  const { gallery, index, vision } = appliance;
  const welcome = appliance.welcome.bind(appliance);
  return new GuidedEnrolment({
    ...{ vision, clock },
    isCovered: (image, { landmarks }) => coveringOf(image, landmarks) !== undefined,
    onProgress: (progress) => link.send({ kind: "enrolment", ...progress }),
    async keep({ name, agreed = [] }, templates, signal) {
      const { consented } = appliance;
      if (consented) {
        const template = fuseTemplates(templates);
        const request = { name: checkedName(name), templates: [template], agreed };
        return await consented.desk.enrol(request, signal).finally(() => template.fill(0));
      }
      const ports = { gallery, index, calibration, welcome };
      const { person, renewed } = keepPerson(ports, name, templates);
      void appliance.recordLookAlikes([person]).catch(() => log("gallery.look-alikes-failed"));
      return { renewed };
    },
  });
}
