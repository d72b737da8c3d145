import type { Page } from "playwright-core";
import type { WallMs } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import { askedConsent } from "#device/consent/statements.ts";
import type {
  EnrolResult,
  FaceBox,
  KioskMessage,
  KioskPorts,
  KioskStatus,
  WithdrawResult,
} from "#device/kiosk/messages.ts";
import { consentSettingsSchema } from "#firmware-config/consent.ts";
import { alternativeFor } from "#firmware-config/policy-alternative.ts";
import type { KioskUnderTest } from "./kiosk-under-test.ts";

/** One thing that happens at a kiosk, and the state that its screen shows then. */
export interface KioskScene {
  readonly state: string;
  /** Distinguishes scenes of one state. */
  readonly name?: string;
  /** What becomes of the page's question for a camera; it is there unless something else is said. */
  readonly camera?: "refused" | "absent" | "busy" | "unanswered" | "not-asked" | "insecure";
  readonly status?: Partial<KioskStatus>;
  readonly says?: readonly KioskMessage[];
  /** What the person does, by the page's own forms, before the box says anything. */
  readonly begins?: "enrolment" | "signing" | "declining" | "withdrawal";
}

/** Where the made face of the fake camera is: the middle of the picture. */
export const middleBox: FaceBox = { x: 0.345, y: 0.37, width: 0.318, height: 0.426, reasons: [] };

const seen = (...reasons: FaceBox["reasons"]): KioskMessage => ({
  kind: "faces",
  boxes: [{ ...middleBox, reasons }],
});
const pin = { step: "pin", triesLeft: 3, wasWrong: false, isLastTry: false } as const;
const password = { ...pin, triesLeft: 5, secret: "password" } as const;
const card = (screen: Extract<KioskMessage, { kind: "card" }>["screen"]): KioskMessage => ({
  kind: "card",
  screen,
});
const withCard = alternativeFor({ method: "face" }, "template");
const withStaff = alternativeFor({ method: "card" }, "card");

/** Every state of the screen, and what brings it about. */
export const kioskScenes: readonly KioskScene[] = [
  { state: "start", camera: "not-asked" },
  { state: "asking", camera: "unanswered" },
  { state: "refused", camera: "refused" },
  { state: "absent", camera: "absent" },
  { state: "busy", camera: "busy" },
  { state: "insecure", camera: "insecure" },
  { state: "idle" },
  {
    state: "far",
    says: [
      {
        kind: "faces",
        boxes: [{ x: 0.46, y: 0.4, width: 0.08, height: 0.12, reasons: ["too-far"] }],
      },
    ],
  },
  { state: "turned", says: [seen("turned-away")] },
  { state: "light", says: [seen("too-dark")] },
  { state: "blurred", says: [seen("blurred")] },
  { state: "looking", says: [seen()] },
  {
    state: "admit",
    says: [seen(), { kind: "decision", outcome: "admit", reason: "card-proved" }],
  },
  {
    state: "admit-name",
    says: [
      seen(),
      { kind: "decision", outcome: "admit", reason: "face-matched", greetingName: "青井 はな" },
    ],
  },
  {
    state: "card",
    says: [
      seen(),
      card({ step: "touch" }),
      {
        kind: "decision",
        outcome: "ask-card",
        reason: "policy-needs-card",
        alternative: withStaff,
      },
    ],
  },
  { state: "card-read", says: [seen(), card({ step: "read" })] },
  { state: "card-pin", says: [seen(), card(pin)] },
  { state: "card-wrong", says: [seen(), card({ ...pin, triesLeft: 2, wasWrong: true })] },
  {
    state: "card-last",
    says: [seen(), card({ ...pin, triesLeft: 1, wasWrong: true, isLastTry: true })],
  },
  { state: "password", says: [seen(), card({ ...password, mayGoWithout: true })] },
  { state: "password-wrong", says: [seen(), card({ ...password, wasWrong: true })] },
  {
    state: "password-last",
    says: [seen(), card({ ...password, triesLeft: 1, wasWrong: true, isLastTry: true })],
  },
  { state: "card-sign", says: [seen(), card({ step: "sign" })] },
  {
    state: "refuse",
    says: [
      seen(),
      {
        kind: "decision",
        outcome: "refuse",
        reason: "face-unknown",
        alternative: withCard,
      },
    ],
  },
  {
    state: "enrolling",
    begins: "enrolment",
    says: [seen(), { kind: "enrolment", taken: 1, wanted: 4, hint: "turn-left" }],
  },
  { state: "enrolled", says: [seen(), enrolled({ ok: true, renewed: false })] },
  { state: "renewed", says: [seen(), enrolled({ ok: true, renewed: true })] },
  {
    state: "enrol-failed",
    says: [seen(), enrolled({ ok: false, code: "NAME_TAKEN", message: "taken" })],
  },
  {
    state: "consent-card",
    begins: "signing",
    status: { enrolment: "signed" },
    says: [
      seen(),
      { kind: "enrolment", taken: 4, wanted: 4, hint: "look-here" },
      card({ step: "touch" }),
    ],
  },
  { state: "declined", begins: "declining", status: { enrolment: "signed", withdrawal: true } },
  {
    state: "withdraw-card",
    begins: "withdrawal",
    status: { enrolment: "signed", withdrawal: true },
    says: [seen(), card({ step: "touch" })],
  },
  { state: "withdrawn", says: [seen(), withdrawn({ ok: true, services: 1 })] },
  {
    state: "withdraw-failed",
    status: { enrolment: "signed", withdrawal: true },
    says: [seen(), withdrawn({ ok: false, code: "PERSON_NOT_FOUND", message: "none" })],
  },
  { state: "frozen", status: { source: "frozen" } },
  { state: "dark", status: { source: "dark" } },
  { state: "covered", status: { source: "covered" } },
  { state: "out-of-service", status: { source: "lost", camera: "box" } },
];

function enrolled(result: EnrolResult): KioskMessage {
  return { kind: "enrolled", ...result };
}

/** The server's own reply, which a test says in its place. */
function withdrawn(result: WithdrawResult): KioskMessage {
  return { kind: "withdrawn", ...result } as unknown as KioskMessage;
}

const validDays = 730;

/** What a box asks for that serves a bus and a school, as it would at a moment. */
export function askedAtKiosk(services: readonly Service[]): ReturnType<KioskPorts["asked"]> {
  const settings = consentSettingsSchema.parse({ rule: "signed", validDays });
  const clock = { wall: () => Date.UTC(2026, 10, 20, 3) as WallMs };
  return services.map((service) => askedConsent({ settings, clock }, service));
}

const cameraNames = {
  refused: "NotAllowedError",
  absent: "NotFoundError",
  busy: "NotReadableError",
};

/** Before the page is opened: its camera is as the scene wants it. */
export async function setScene(page: Page, kiosk: KioskUnderTest, scene: KioskScene) {
  kiosk.status = { ...kiosk.status, source: "streaming", camera: "page", ...scene.status };
  const { camera } = scene;
  if (camera === undefined) return;
  if (camera === "insecure") {
    await page.addInitScript(`Object.defineProperty(window, "isSecureContext", { value: false })`);
    return;
  }
  const failure = camera === "unanswered" || camera === "not-asked" ? "" : cameraNames[camera];
  await page.addInitScript(
    `navigator.permissions.query = async () => ({ state: ${JSON.stringify(camera === "not-asked" ? "prompt" : "granted")} });
     navigator.mediaDevices.getUserMedia = () => ${failure === "" ? "new Promise(() => {})" : `Promise.reject(new DOMException("", "${failure}"))`};`,
  );
}

/** Once the page is open: what happens in the scene happens. Resolves when its state is shown. */
export async function playScene(page: Page, kiosk: KioskUnderTest, scene: KioskScene) {
  const untilStopped = (signal: AbortSignal) =>
    new Promise<{ ok: false; code: "STOPPED"; message: string }>((resolve) => {
      const stopped = { ok: false, code: "STOPPED", message: "cancelled" } as const;
      signal.addEventListener("abort", () => resolve(stopped));
    });
  kiosk.enrol = untilStopped;
  kiosk.withdraw = untilStopped;
  kiosk.asked = askedAtKiosk(["bus.boarding"]);
  kiosk.say({ kind: "state", status: kiosk.status });
  if (scene.begins === "enrolment" || scene.begins === "signing") {
    await page.click("#enrol");
    if (scene.begins === "signing") await page.click("#consent-yes");
    await page.fill("#name", "花");
    if (scene.begins === "enrolment") await page.check("#consent");
    await page.click("#enrol-begin");
  }
  if (scene.begins === "declining") {
    await page.click("#enrol");
    await page.click("#consent-no");
  }
  if (scene.begins === "withdrawal") {
    await page.click("#withdraw");
    await page.click("#withdraw-begin");
  }
  for (const message of scene.says ?? []) kiosk.say(message);
  await page.locator(`body[data-state="${scene.state}"]`).waitFor({ state: "attached" });
}
