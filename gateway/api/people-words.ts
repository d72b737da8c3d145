import type { ErrorCode } from "#contract/errors.ts";

/** What each route does, in a few words, and the codes with which its desk refuses beside what every route may. */
export type RouteWords = Readonly<Record<string, readonly [string, ...ErrorCode[]]>>;

const entry: RouteWords = Object.fromEntries(
  ["staff", "family", "resident"].flatMap((kind): [string, readonly [string, ...ErrorCode[]]][] => [
    [
      `POST /api/${kind}/begin/options`,
      [
        "Begins an account with a code: what a browser makes a passkey from",
        "CODE_REFUSED",
        "RATE_LIMITED",
      ],
    ],
    [
      `POST /api/${kind}/begin`,
      [
        "Takes the new passkey and opens a session",
        "SIGN_IN_REFUSED",
        "CODE_REFUSED",
        "RATE_LIMITED",
      ],
    ],
    [`POST /api/${kind}/sign-in/options`, ["What a browser shows a passkey for", "RATE_LIMITED"]],
    [
      `POST /api/${kind}/sign-in`,
      ["Takes what a passkey signed and opens a session", "SIGN_IN_REFUSED", "RATE_LIMITED"],
    ],
  ]),
);

/** Routes by which people sign in, and what they may ask of themselves and of their own. */
export const peopleWords: RouteWords = {
  ...entry,
  "GET /api/staff/me": ["Who is signed in, with the token for changes"],
  "GET /api/staff/sessions": ["One's own open sessions"],
  "POST /api/staff/sign-out": ["Ends this session, or another of one's own"],
  "POST /api/staff/passkeys/options": ["Begins one more passkey", "SIGN_IN_STALE"],
  "POST /api/staff/passkeys": [
    "Adds the passkey that was made",
    "SIGN_IN_STALE",
    "SIGN_IN_REFUSED",
  ],
  "POST /api/staff/passkeys/remove": ["Takes a passkey away", "SIGN_IN_STALE", "LAST_PASSKEY"],
  "POST /api/staff/recovery-codes": [
    "Makes ten new recovery codes; the old are void",
    "SIGN_IN_STALE",
  ],
  "GET /api/staff/accounts": ["Everybody who may work here", "ACCESS_DENIED"],
  "POST /api/staff/accounts": [
    "Makes an account and the code that begins it",
    "ACCESS_DENIED",
    "SIGN_IN_STALE",
  ],
  "POST /api/staff/accounts/invite-again": [
    "A new code for somebody; all that they had is void",
    ...(["ACCESS_DENIED", "SIGN_IN_STALE", "ACCOUNT_UNKNOWN"] as const),
  ],
  "POST /api/staff/accounts/roles": [
    "Says what somebody may do",
    ...(["ACCESS_DENIED", "SIGN_IN_STALE", "ACCOUNT_UNKNOWN", "LAST_ADMINISTRATOR"] as const),
  ],
  "POST /api/staff/accounts/revoke": [
    "Shuts somebody out",
    ...(["ACCESS_DENIED", "SIGN_IN_STALE", "ACCOUNT_UNKNOWN", "LAST_ADMINISTRATOR"] as const),
  ],
  "GET /api/staff/accounts/access": [
    "With what somebody gets in, and where they are in now",
    ...(["ACCESS_DENIED", "ACCOUNT_UNKNOWN"] as const),
  ],
  "POST /api/staff/accounts/sign-out": [
    "Ends somebody's sessions",
    ...(["ACCESS_DENIED", "ACCOUNT_UNKNOWN"] as const),
  ],
  "POST /api/family/admissions": [
    "Admits a family member whose card a clerk has seen: gives a code",
  ],
  "POST /api/family/guardians": [
    "Admits a guardian whom a school knows: gives a code",
    "GUARDIAN_UNKNOWN",
  ],
  "POST /api/family/wards": ["A guardian's own children", "RATE_LIMITED"],
  "POST /api/family/ward": [
    "One child's day at school and where it was seen on the way",
    ...(["ACCESS_DENIED", "RATE_LIMITED"] as const),
  ],
  "GET /api/family/me": ["Whether somebody is signed in, with the token for changes"],
  "POST /api/family/sign-out": ["Ends the session"],
  "POST /api/family/ask": ["Asks where somebody is who named the asker", "RATE_LIMITED"],
  "POST /api/resident/admissions": [
    "Admits somebody whose card a clerk has seen to their own page: gives a code",
    "PERSON_NOT_FOUND",
  ],
  "GET /api/resident/me": ["Whether somebody is signed in, with the token for changes"],
  "GET /api/resident/consents": [
    "One's own consents, and how far each deletion is",
    "RATE_LIMITED",
  ],
  "POST /api/resident/withdraw": ["Ends one's own consent to a service", "CONSENT_UNKNOWN"],
  "POST /api/resident/certificate": [
    "One's own certificate of deletion, as a page to print",
    "CONSENT_UNKNOWN",
    "DELETION_PENDING",
  ],
  "POST /api/resident/own-data": [
    "All that is held of oneself, in Japanese",
    "PERSON_NOT_FOUND",
    "RATE_LIMITED",
  ],
  "POST /api/resident/sign-out": ["Ends the session"],
  "POST /api/registry/persons/ties": [
    "What ties somebody to others, and what they are entitled to",
    "PERSON_NOT_FOUND",
  ],
  "POST /api/registry/persons/consents": [
    "What somebody agreed to, service by service, and how far a deletion is",
    "PERSON_NOT_FOUND",
  ],
  "POST /api/own-data": ["All that is held of a person, for their own request", "PERSON_NOT_FOUND"],
};
