import { TeburaError } from "#contract/errors.ts";

/** Photographs carry no consent. Throws CONSENT_NEEDED where the deployment goes by signed ones. */
export function refuseWithoutConsent(isSigned: boolean): void {
  if (!isSigned) return;
  throw new TeburaError(
    "CONSENT_NEEDED",
    "this deployment enrols people on a consent that their card signs: at the kiosk, and not from " +
      'photographs; the setting consent.rule "trial" allows both, on this one box',
  );
}

/** In a trial nobody has signed a consent that could end. Throws CONSENT_NEEDED. */
export function refuseInTrial(): never {
  throw new TeburaError(
    "CONSENT_NEEDED",
    'nobody has signed a consent here: the box is on trial; "tebura gallery remove NAME" forgets somebody',
  );
}
