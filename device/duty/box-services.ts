import type { KeyObject } from "node:crypto";
import { join } from "node:path";
import { errorCodeOf } from "#contract/errors.ts";
import type { Health } from "#contract/health.ts";
import type { PersonId } from "#contract/ids.ts";
import type { BoxDuties } from "#firmware-config/box-duties.ts";
import { type CityRules, followed, shippedRules } from "#firmware-config/city-rules.ts";
import type { ServicePolicy } from "#firmware-config/policy.ts";
import { purchasePolicy } from "#firmware-config/policy-tier.ts";
import type { ServiceTerms } from "#firmware-config/service-terms.ts";
import { ListShelf } from "../lists/list-shelf.ts";
import type { OperatorModule } from "../operator/operator-routes.ts";
import type { PolicyShelf } from "../policy/policy-shelf.ts";
import type { PhotographRules } from "../trial/photographs.ts";
import { TrialEnd } from "../trial/trial-end.ts";
import { trialFile } from "../trial/trial-store.ts";
import type { Duty, Turn } from "./duty.ts";
import { type DutyPorts, type OperatorSeat, openDuty, type RunningDuty } from "./open-duty.ts";

/** What a box is told of the place where it stands and of the end of its service. */
export interface ServicesConfig {
  readonly duties?: BoxDuties | undefined;
  /** Read each time: a trial is prolonged by another row. */
  readonly serviceTerms?: ServiceTerms | undefined;
  /** The city's rules that hold, by its signed policy; left out, those that ship. */
  rules?(): CityRules;
  /** What becomes of photographs outside the box's own folder when a service ends; unset, they are left. */
  readonly photographs?: PhotographRules["elsewhere"] | undefined;
}

type OwnDutyPorts = "duties" | "lists" | "rules" | "isEnded" | "onErased";

interface ServicesPorts extends Omit<DutyPorts, OwnDutyPorts> {
  readonly config: ServicesConfig;
  readonly gatewayKey: KeyObject;
  /** The copy of the gallery beside it. */
  readonly backup: string;
  /** Takes somebody out of what is searched. */
  removed(person: PersonId): void;
}

const everybody: Turn = { findings: () => ({}), decided: async () => undefined };
const unsaid: BoxDuties = { timeZone: "Asia/Tokyo" };

/**
 * Everything that a box does for its service beside looking at faces and cards: the gateway's signed
 * lists, what follows from a decision, and the end of the service.
 */
export class BoxServices implements AsyncDisposable {
  readonly lists: ListShelf;
  readonly #ports: ServicesPorts;
  readonly #rules: CityRules;
  readonly #trial: TrialEnd;
  readonly #running: RunningDuty | undefined;
  #isLoaded = false;

  /** Throws DATA_UNWRITABLE, DATA_CORRUPT or DATA_NEWER_VERSION. */
  constructor(ports: ServicesPorts) {
    this.#ports = ports;
    const { dataDir, identity, gatewayKey, config } = ports;
    this.#rules = followed(() => config.rules?.() ?? shippedRules);
    const path = join(dataDir, "lists.db");
    const isEnded = () => this.#trial.isEnded;
    this.lists = new ListShelf({ path, device: identity.id, gatewayKey, isEnded });
    this.#trial = new TrialEnd({
      ...ports,
      path: join(dataDir, trialFile),
      photographs: { dataDir, elsewhere: config.photographs ?? "leave" },
      terms: () => [
        ...(config.serviceTerms ?? []),
        ...this.#rules.serviceTerms,
        ...this.#toldTerms(),
      ],
      onDeleted: (people) => {
        for (const person of people) ports.removed(person);
        this.lists.clear();
      },
      namesHeld: () => this.#running?.namesHeld?.() ?? 0,
    });
    this.lists.onChange(() => void this.#trial.look());
    const duties = config.duties ?? unsaid;
    this.#running = openDuty({
      ...{ ...ports, duties, lists: this.lists, rules: this.#rules, isEnded },
      onErased: () => void this.#trial.look(),
    });
  }

  /** Takes a signed policy, which may say that the service is over. Throws what the shelf throws. */
  async takePolicy(shelf: Pick<PolicyShelf, "take"> | undefined, sealed: string): Promise<void> {
    await shelf?.take(sealed);
    void this.#trial.look();
  }

  /** By what whoever was just admitted is called, where they get a number. */
  slipOf(person: PersonId): string | undefined {
    return this.#running?.slipOf?.(person);
  }

  /** By which clock the place goes. */
  get timeZone(): string {
    return (this.#ports.config.duties ?? unsaid).timeZone;
  }

  /** Nobody is admitted or enrolled any more. */
  get isOver(): boolean {
    return this.#trial.isOver;
  }

  /** The lists that are held whole, the key that a shelter's names are sealed to, and whose taxi it is. */
  get health(): Pick<Health, "lists" | "sealTo" | "company"> {
    const { service, identity, config } = this.#ports;
    const lists = [...this.lists.held()];
    const company = config.duties?.taxi?.company;
    if (service === "taxi.subsidised-ride" && company !== undefined) return { lists, company };
    if (service !== "shelter.check-in") return { lists };
    return { lists, sealTo: Buffer.from(identity.galleryKey.publicKey).toString("base64url") };
  }

  /** The policy's row, with what this box's place adds to it. */
  policy(row: ServicePolicy): ServicePolicy {
    const { service, config } = this.#ports;
    // A sale and an entry are two steps of one service, and each has its own method.
    if (service === "event.entry" && config.duties?.tickets?.sells) return purchasePolicy(row);
    const isDemandTaxi = service === "taxi.subsidised-ride" && config.duties?.taxi?.bookedOnly;
    return isDemandTaxi ? { ...row, bookedOnly: true } : row;
  }

  readonly duty: Duty = {
    begin: () => {
      const turn = this.#running ? this.#running.duty.begin() : everybody;
      return turn && this.#guarded(turn);
    },
  };

  /** People of the gallery were enrolled from this folder of photographs: it is looked into at the end. */
  enrolledFrom(folder: string): void {
    this.#trial.enrolledFrom(folder);
  }

  /** Reads the lists from the disk: only then it is known whether the service has ended. */
  async load(): Promise<void> {
    if (this.#isLoaded) return;
    this.#isLoaded = true;
    const dropped = await this.lists.load();
    if (dropped > 0) this.#ports.log("lists.dropped", { count: dropped });
    // What came after the end, while this box still took it.
    if (this.#trial.isEnded) this.lists.clear();
  }

  /** Begins what goes on in the background. */
  async start(): Promise<void> {
    await this.load();
    await this.#trial.start();
    await this.#running?.start().catch((error) => this.#failed(error));
  }

  /** What an operator may do on this box's own page. */
  modules(seat: OperatorSeat): readonly OperatorModule[] {
    return this.#running?.modules(seat) ?? [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running?.[Symbol.asyncDispose]();
    await this.#trial[Symbol.asyncDispose]();
    this.lists[Symbol.dispose]();
  }

  /** The end of the service stands above every list, and what fails afterwards undoes no decision. */
  #guarded(turn: Turn): Turn {
    return {
      ...turn,
      findings: (person) => ({
        ...turn.findings(person),
        ...(this.#trial.isOver ? { serviceOver: true } : {}),
      }),
      decided: async (made) => await turn.decided(made).catch((error) => this.#failed(error)),
    };
  }

  /** When services end, by the gateway's signed word: it counts beside the box's own settings. */
  #toldTerms(): ServiceTerms {
    return this.lists.whole("service-terms")?.flatMap(({ terms }) => terms) ?? [];
  }

  #failed(error: unknown): void {
    this.#ports.log("service.failed", { code: errorCodeOf(error) ?? "UNEXPECTED" });
  }
}
