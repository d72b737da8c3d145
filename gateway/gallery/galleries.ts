import { createPublicKey, type KeyObject } from "node:crypto";
import * as z from "zod";
import { errorCodeOf } from "#contract/errors.ts";
import type { Event, EventBody } from "#contract/events.ts";
import type { Health } from "#contract/health.ts";
import { publicHalfOf } from "#contract/hpke.ts";
import { type DeviceId, deviceIdSchema, pseudonymSchema } from "#contract/ids.ts";
import { serviceSchema } from "#contract/services.ts";
import type { Clock } from "#runtime/clock.ts";
import { secretBytesFile } from "#runtime/key-file.ts";
import type { Log } from "#runtime/log.ts";
import { Rounds } from "#runtime/rounds.ts";
import { TrustFolder } from "#runtime/trust-folder.ts";
import { type GatewayConfig, gatewayFiles } from "../config.ts";
import { cardTermsFrom } from "../consent/card-terms.ts";
import { ConsentDesk } from "../consent/consent-desk.ts";
import { Deletions } from "../consent/deletions.ts";
import { endForForgotten, type Leaving } from "../consent/forgotten-ends.ts";
import { MandateDesk } from "../consent/mandate-desk.ts";
import { NamedSignatures } from "../consent/named-signatures.ts";
import { Speakers, type SpeakersPorts } from "../consent/speakers.ts";
import { endForFormerWards } from "../consent/ward-ends.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { personFiles } from "../persons/open-persons.ts";
import { Sealer } from "../persons/sealer.ts";
import type { DeviceRegistry } from "../registry/device-registry.ts";
import type { DeviceState, DeviceStatus } from "../registry/device-status.ts";
import type { ConsentBook } from "../views/consent-book.ts";
import type { GalleryBook } from "../views/gallery-book.ts";
import type { MandateBook } from "../views/mandate-book.ts";
import type { ConsentState as MedicalConsents } from "../views/medical-consent.ts";
import { type BoxState, boxStates } from "./box-states.ts";
import { Distribution } from "./distribution.ts";
import { GalleriesFile } from "./galleries-file.ts";
import { GalleryHub } from "./gallery-hub.ts";
import { OrderSender } from "./order-sender.ts";
import { RotationSecret } from "./rotation-secret.ts";

export interface GalleriesPorts {
  readonly dataDir: string;
  readonly stepUp: Pick<GatewayConfig["stepUp"], "policies" | "crlAgeMsMax" | "trustDir">;
  readonly consent: NonNullable<GatewayConfig["consent"]>;
  readonly privateKey: KeyObject;
  /** Who may sign for whom, beside what the mandates on record say. */
  readonly speakers: Omit<SpeakersPorts, "mandates">;
  readonly ledger: Ledger;
  readonly devices: DeviceRegistry;
  readonly status: DeviceStatus;
  readonly clock: Clock;
  readonly log: Log;
  /** The views as they are folded now. */
  views(): {
    readonly consents: { readonly state: ConsentBook };
    readonly galleries: { readonly state: GalleryBook };
    readonly mandates: { readonly state: MandateBook };
    readonly medicalConsent: { readonly state: MedicalConsents };
  };
  send(device: DeviceId, sealed: string): Promise<void>;
  record(body: EventBody): Promise<unknown>;
}

/** What a command may ask of a running gateway. */
export const galleryRequestSchema = z.discriminatedUnion("ask", [
  z.strictObject({
    ask: z.literal("withdraw"),
    service: serviceSchema,
    person: pseudonymSchema,
  }),
  z.strictObject({ ask: z.literal("sync"), device: deviceIdSchema }),
  z.strictObject({ ask: z.literal("rekey") }),
]);
export type GalleryRequest = z.infer<typeof galleryRequestSchema>;

const lookEveryMs = 1_000;
/** How soon a date that was put right in the registry counts for what was signed before. */
const wardsEveryMs = 600_000;
const failed = "gallery.failed";

/** Everything that a gateway does about consents and galleries. Building opens its file. */
export class Galleries implements AsyncDisposable {
  readonly file: GalleriesFile;
  readonly desk: ConsentDesk;
  readonly mandates: MandateDesk;
  readonly deletions: Deletions;
  readonly hub: GalleryHub;
  readonly rotation: RotationSecret;
  readonly #ports: GalleriesPorts;
  readonly #requests: Rounds;
  readonly #wards: Rounds;
  readonly #speakers: Speakers;
  #certifying: Promise<unknown> = Promise.resolve();

  constructor(ports: GalleriesPorts) {
    this.#ports = ports;
    const files = gatewayFiles(ports.dataDir);
    const { devices, stepUp, consent, clock, log } = ports;
    const secret = secretBytesFile(files.sealedTo);
    const trust = new TrustFolder(stepUp.trustDir ?? files.trust, { clock, log });
    this.file = openGalleriesFile(ports.dataDir);
    this.rotation = new RotationSecret(files.rotation);
    const { file, rotation } = this;
    const consents = () => ports.views().consents.state;
    const galleries = () => ports.views().galleries.state;
    const mandates = () => ports.views().mandates.state;
    const cardTerms = cardTermsFrom(stepUp, () => trust.trust);
    const speakers = new Speakers({ ...ports.speakers, mandates });
    this.#speakers = speakers;
    const named = new NamedSignatures({
      ...{ secret, isRequired: consent.signature === "required", cards: ports.speakers.cards },
      terms: cardTermsFrom({ ...stepUp, policies: consent.signaturePolicies }, () => trust.trust),
    });
    this.desk = new ConsentDesk({ ...ports, file, speakers, named, cardTerms, book: consents });
    this.mandates = new MandateDesk({ ...ports, file, speakers, cardTerms, mandates });
    this.deletions = new Deletions({
      ...{ ...ports, file, consents, galleries },
      registered: (device) => devices.get(device),
      heardAt: (device) => this.#stateOf(device).lastHeardAt,
    });
    const work = async () => await this.#followRequests();
    this.#requests = new Rounds(ports, { everyMs: lookEveryMs, failed, work });
    this.#wards = new Rounds(ports, {
      ...{ everyMs: wardsEveryMs, failed: "consent.wards-failed" },
      work: async () => await this.endForFormerWards(),
    });
    const isHere = (device: DeviceId) => !this.#stateOf(device).silent;
    this.hub = new GalleryHub({
      ...{ ...ports, file, rotation, desk: this.desk },
      sender: new OrderSender({ ...ports, file, sealTo: publicHalfOf(secret) }),
      distribution: new Distribution({ ...ports, file, consents, galleries, isHere }),
      keyOf: (device) => {
        const known = devices.get(device);
        return known?.status === "active" ? known.publicKey : undefined;
      },
    });
  }

  /** Which box holds which state of its gallery. */
  boxes(): readonly BoxState[] {
    const saidBy = (device: DeviceId) => this.#stateOf(device).health?.gallery;
    return boxStates(this.file, this.#ports.views().galleries.state, saidBy);
  }

  /** Verifies what this gateway certified. */
  get publicKey(): KeyObject {
    return createPublicKey(this.#ports.privateKey);
  }

  start(): void {
    this.#requests.start();
    this.#wards.start();
  }

  /** Takes a report of a box in; the broker goes on. */
  accept(device: DeviceId, bytes: Uint8Array): void {
    this.hub.accept(device, bytes);
  }

  /** A box said how it is; with it, how its gallery is. */
  heard({ device, gallery }: Health): void {
    if (gallery) this.hub.heard(device, gallery);
  }

  /** Ends what a guardian agreed to for whoever has none any more. */
  async endForFormerWards(): Promise<void> {
    const book = () => this.consents;
    await endForFormerWards({ ...this.#ports, speakers: this.#speakers, desk: this.desk, book });
  }

  /** Ends what would outlive somebody who is forgotten; gives how much. */
  async endForForgotten(leaving: Leaving): Promise<number> {
    const { desk, mandates } = this;
    const ports = { ...this.#ports, desk, mandates, speakers: this.#speakers };
    return await endForForgotten(ports, leaving);
  }

  /** What the ledger says of consents now. */
  get consents(): ConsentBook {
    return this.#ports.views().consents.state;
  }

  /** An event is on record and in every view. */
  recorded(event: Event): void {
    this.hub.recorded(event);
    const { body } = event;
    if (body.type !== "gallery.forgotten") return;
    const { service } = body;
    for (const person of body.persons) {
      // Made as soon as it can be; whoever asks for it before hears how far it is.
      this.#certifying = this.#certifying
        .then(async () => await this.deletions.certificate({ service, person }))
        .catch((error) => this.#failed(error));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#requests[Symbol.asyncDispose]();
    await this.#wards[Symbol.asyncDispose]();
    await this.hub.settled();
    await this.#certifying;
    this.file[Symbol.dispose]();
  }

  /** `tebura consent` and `tebura gallery` are other processes: they write down what they ask. */
  async #followRequests(): Promise<void> {
    for (const asked of this.file.takeRequests()) {
      await this.#follow(galleryRequestSchema.parse(asked));
    }
  }

  async #follow(request: GalleryRequest): Promise<void> {
    if (request.ask === "rekey") this.rotation.renew();
    else if (request.ask === "sync") this.hub.resync(request.device);
    else {
      const { service, person } = request;
      await this.desk.withdraw({ service, person }, "counter", "operator:command-line");
    }
  }

  #stateOf(device: DeviceId): DeviceState {
    const { status, clock } = this.#ports;
    return status.of(device, clock.wall());
  }

  #failed(error: unknown): void {
    this.#ports.log(failed, { code: errorCodeOf(error) ?? "UNEXPECTED" });
  }
}

/** The file alone, for a command beside a running gateway. */
export function openGalleriesFile(dataDir: string): GalleriesFile {
  const sealer = new Sealer(secretBytesFile(personFiles(dataDir).key));
  return new GalleriesFile(gatewayFiles(dataDir).galleries, sealer);
}
