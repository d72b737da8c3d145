import { peopleWords, type RouteWords } from "./people-words.ts";

/** A place is for boxes of the fleet. */
const unknownBox = ["DEVICE_UNKNOWN", "DEVICE_REVOKED"] as const;

const bus: RouteWords = {
  "POST /api/bus/positions": ["Where vehicles are, one at a time or in a file", "CONFIG_INVALID"],
  "POST /api/bus/records": [
    "What somebody at the desk says of a bus, a pass or a transit card",
    "EVENT_MALFORMED",
    ...unknownBox,
  ],
  "GET /api/bus/days": ["Service days of which there are rides"],
  "GET /api/bus/days/:day/loads": ["How full each vehicle was, a quarter of an hour at a time"],
  "GET /api/bus/feed": [
    "What was read of the bus operator's GTFS feed, and the rows that were left out",
  ],
  "GET /api/bus/days/:day/rides.csv": ["Rides of a day with their fares"],
  "GET /api/bus/days/:day/passenger_events.csv": [
    "Passenger events in the form of TIDES, the Transit ITS Data Exchange Specification",
  ],
  "GET /api/bus/days/:day/fare_transactions.csv": ["Fare transactions in the form of TIDES"],
};

const taxi: RouteWords = {
  "POST /api/taxi/entitlements": [
    "Grants an entitlement that the registry does not contradict",
    "ENTITLEMENT_NUMBER_RESERVED",
    "TAXI_CATEGORY_UNKNOWN",
    "TAXI_CATEGORY_NOT_HELD",
  ],
  "POST /api/taxi/entitlements/revoke": ["Ends an entitlement", "ENTITLEMENT_UNKNOWN"],
  "POST /api/taxi/bookings": ["Books a demand taxi", "TAXI_VEHICLE_FOREIGN", ...unknownBox],
  "GET /api/taxi/bookings": ["Who booked, and who may board"],
  "POST /api/taxi/bookings/cancel": ["Cancels a booking", "BOOKING_UNKNOWN"],
  "POST /api/taxi/proxies": ["Registers who may board what somebody booked"],
  "POST /api/taxi/proxies/remove": ["Ends that", "PROXY_UNKNOWN"],
  "POST /api/taxi/rides/correct": [
    "Puts a ride's fare right, or says that there was no ride",
    "RIDE_UNKNOWN",
  ],
  "POST /api/taxi/matters/settle": [
    "Decides on a subsidy that went beyond the terms",
    "RIDE_UNKNOWN",
  ],
  "POST /api/taxi/claims": ["States what a company claims for a month"],
  "POST /api/taxi/balance": ["Rides of somebody and what is left", "ENTITLEMENT_UNKNOWN"],
  "GET /api/taxi/matters": ["What went beyond the terms and is to be decided"],
  "GET /api/taxi/matters.csv": ["The same for a spreadsheet"],
  "GET /api/taxi/claims.csv": ["A company's claim of a month"],
};

const school: RouteWords = {
  "POST /api/school/rosters": [
    "Takes a class for a term from the registry",
    "CLASS_UNKNOWN",
    "DAY_INVALID",
  ],
  "POST /api/school/days": [
    "Days that differ, for many classes at once",
    "CLASS_UNKNOWN",
    "DAY_INVALID",
  ],
  "POST /api/school/boxes": ["At which school's door a box stands", ...unknownBox],
  "POST /api/school/contacts": [
    "How a guardian is told, or no more",
    "GUARDIAN_UNKNOWN",
    "ADDRESS_NOT_ALLOWED",
  ],
  "POST /api/school/timetables": ["A class's week", "DAY_INVALID", "TIMETABLE_INVALID"],
  "POST /api/school/timetables/csv": [
    "The same from a spreadsheet's text",
    "DAY_INVALID",
    "TIMETABLE_INVALID",
  ],
  "POST /api/school/absences": [
    "Says that a child is absent",
    "CLASS_UNKNOWN",
    "PUPIL_UNKNOWN",
    "DAY_INVALID",
  ],
  "POST /api/school/early-leavings": [
    "Says that a child leaves early",
    "CLASS_UNKNOWN",
    "PUPIL_UNKNOWN",
    "DAY_INVALID",
  ],
  "POST /api/school/corrections": [
    "Puts a child's day right, with a reason",
    "CLASS_UNKNOWN",
    "PUPIL_UNKNOWN",
    "DAY_INVALID",
  ],
  "GET /api/school/attendance": ["A class's day", "CLASS_UNKNOWN"],
  "GET /api/school/attendance.csv": ["The same for a spreadsheet", "CLASS_UNKNOWN"],
  "GET /api/school/attendance.html": ["The same for paper, A4", "CLASS_UNKNOWN"],
  "GET /api/school/month": ["A class's register of a month", "CLASS_UNKNOWN"],
  "GET /api/school/month.csv": ["The same for a spreadsheet", "CLASS_UNKNOWN"],
  "GET /api/school/month.html": ["The same for paper, A4", "CLASS_UNKNOWN"],
  "GET /api/school/timetable.ics": ["A class's timetable as iCalendar", "CLASS_UNKNOWN"],
  "POST /api/school/calendars": [
    "Makes an address of a class's timetable for calendar programs",
    ...(["CLASS_UNKNOWN", "CALENDARS_TOO_MANY"] as const),
  ],
  "GET /api/school/calendars": ["Addresses of a class's timetable, without their tokens"],
  "POST /api/school/calendars/end": ["Ends such an address", "CALENDAR_UNKNOWN"],
  "GET /api/calendars/:token": [
    "A class's timetable as iCalendar, for whoever has its address",
    "CALENDAR_UNKNOWN",
  ],
  "GET /api/school/notices": ["What guardians of a class were sent on a day", "CLASS_UNKNOWN"],
  "GET /api/school/classes": ["Classes and their terms"],
  "GET /api/school/paper.css": ["The style of what is printed"],
  "GET /api/school/paper-wide.css": ["The style of what is printed on its side"],
  "POST /api/school/ward/sightings": [
    "Where a guardian's child was seen on the way",
    "ACCESS_DENIED",
  ],
  "POST /api/school/ward/day": ["How a guardian's child's day at school stands", "ACCESS_DENIED"],
};

const shelter: RouteWords = {
  "GET /api/shelter/evacuees": ["A page of the list of evacuees, of one shelter or of the city"],
  "GET /api/shelter/evacuees.csv": ["The whole list for a spreadsheet"],
  "GET /api/shelter/evacuees.html": ["The whole list for paper, A4"],
  "GET /api/shelter/sites": [
    "Shelters with their places left, needs and silent boxes; nobody's name",
  ],
  "POST /api/shelter/sites": ["Sets up a shelter, or changes it"],
  "GET /api/shelter/sightings": ["People at a way in whom a box did not know"],
  "POST /api/shelter/sightings/settle": ["Says who that was not"],
  "GET /api/shelter/duplicates": ["Entries that may be one person"],
  "POST /api/shelter/duplicates/decide": ["A human's word on two entries", "EVACUEE_UNKNOWN"],
  "POST /api/shelter/boxes": [
    "At which shelter's door a box stands",
    "SHELTER_UNKNOWN",
    ...unknownBox,
  ],
  "POST /api/shelter/entries": ["Takes somebody in by hand", "SHELTER_UNKNOWN", "EVACUEE_UNKNOWN"],
  "POST /api/shelter/check-ins": [
    "Somebody who is known is here",
    "SHELTER_UNKNOWN",
    "EVACUEE_UNKNOWN",
  ],
  "POST /api/shelter/check-outs": ["Somebody leaves", "EVACUEE_UNKNOWN", "EVACUEE_ELSEWHERE"],
  "POST /api/shelter/transfers": [
    "Sends somebody on to another shelter",
    ...(["EVACUEE_UNKNOWN", "EVACUEE_ELSEWHERE", "SHELTER_UNKNOWN"] as const),
  ],
  "POST /api/shelter/persons/describe": [
    "Household, needs and language of somebody",
    "EVACUEE_UNKNOWN",
  ],
  "POST /api/shelter/persons/details": [
    "Name and what else stands in words, or nothing more",
    "EVACUEE_UNKNOWN",
  ],
  "POST /api/shelter/persons/protect": [
    "Puts somebody under protection, or ends it",
    "EVACUEE_UNKNOWN",
  ],
  "POST /api/shelter/families": ["Names who may be told, or takes it back", "EVACUEE_UNKNOWN"],
  "POST /api/shelter/inquiries": [
    "Answers a family member who put down their card",
    ...(["DECISION_MISSING", "DECISION_WITHOUT_CARD", "DECISION_NOT_FRESH"] as const),
  ],
  "GET /api/shelter/sheet.css": ["The style of what is printed"],
};

const ofCard = ["DECISION_MISSING", "DECISION_WITHOUT_CARD", "DECISION_OTHER_PERSON"] as const;
const ofPlace = ["DECISION_OTHER_PLACE", "DECISION_SPENT", "DECISION_NOT_FRESH"] as const;

const medical: RouteWords = {
  "POST /api/medical/receptions": ["Receives somebody by hand and gives a number"],
  "POST /api/medical/calls": ["Calls a number", "VISIT_UNKNOWN"],
  "POST /api/medical/visit-ends": ["A visit is over", "VISIT_UNKNOWN"],
  "POST /api/medical/consents": [
    "A consent that a card signed",
    "CONSENT_TOO_LONG",
    ...ofCard,
    ...ofPlace,
  ],
  "POST /api/medical/consents/withdraw": ["Takes a consent back", "CONSENT_UNKNOWN"],
  "POST /api/medical/consents/check": ["Whether a clinic may look"],
  "GET /api/medical/queue.csv": ["A clinic's queue of a day"],
  "POST /api/medical/crew": ["Admits a crew member", "DAY_INVALID"],
  "POST /api/medical/crew/dismiss": ["Ends that"],
  "POST /api/medical/notices": ["A person was told of a look-up", "LOOKUP_UNKNOWN"],
  "GET /api/medical/notices-owed.csv": ["Who is still to be told"],
  "POST /api/medical/emergencies": [
    "Opens a look-up with two crew cards",
    ...([
      ...ofCard,
      ...ofPlace,
      "CREW_SAME_PERSON",
      "CREW_SAME_CARD",
      "CREW_NOT_ADMITTED",
    ] as const),
  ],
  "POST /api/medical/emergencies/show": [
    "Shows what a look-up may see",
    ...(["LOOKUP_UNKNOWN", "LOOKUP_REFUSED", "LOOKUP_OVER"] as const),
    ...(["MEDICAL_SOURCE_UNSET", "MEDICAL_SOURCE_FAILED"] as const),
  ],
};

const ofSale = [
  "PERFORMANCE_UNKNOWN",
  "TICKETS_TOO_MANY",
  "TICKETS_SOLD_OUT",
  "TICKET_TAKEN",
] as const;
const tickets: RouteWords = {
  "POST /api/tickets/performances": ["Announces a performance"],
  "POST /api/tickets/purchases": [
    "Sells tickets that a card signed for",
    ...ofSale,
    ...ofCard,
    ...ofPlace,
  ],
  "POST /api/tickets/transfers": [
    "Gives a ticket to somebody else, with a new signature",
    ...(["TICKET_UNKNOWN", "TICKET_USED", "TICKET_OTHER_HOLDER"] as const),
    ...([...ofCard, ...ofPlace] as const),
  ],
  "POST /api/tickets/entries": ["Lets somebody in by hand", "TICKET_UNKNOWN", "TICKET_USED"],
  "POST /api/tickets/conflicts/settle": [
    "Says what an entry was that did not fit",
    "ENTRY_UNKNOWN",
  ],
  "POST /api/tickets/box-office-list": [
    "A signed list for a door without a network",
    "PERFORMANCE_UNKNOWN",
  ],
  "GET /api/tickets/entries.csv": ["Tickets and entries of a performance"],
};

const payment: RouteWords = {
  "POST /api/payments": [
    "Authorises a payment; the same reference is the same payment",
    ...(["PAYMENT_DIFFERS", "PAYMENT_METHOD_UNAVAILABLE", "PAYMENT_NOT_PROVED"] as const),
    ...(["DECISION_MISSING", ...ofPlace] as const),
  ],
  "POST /api/payments/void": ["Takes an authorisation back", "PAYMENT_UNKNOWN", "PAYMENT_EXPIRED"],
  "POST /api/payments/find": ["A payment as it stands", "PAYMENT_UNKNOWN"],
  "GET /api/payments.csv": ["A merchant's payments for whoever settles"],
};

const consents: RouteWords = {
  "POST /api/consents/show": ["How a person stands to a service", "CONSENT_UNKNOWN"],
  "POST /api/consents/withdraw": ["Ends a consent", "CONSENT_UNKNOWN"],
  "POST /api/consents/deletion": ["Which boxes have deleted the person", "CONSENT_UNKNOWN"],
  "POST /api/consents/certificate": [
    "The signed certificate of the deletion",
    "CONSENT_UNKNOWN",
    "DELETION_PENDING",
  ],
  "POST /api/consents/certificate-page": [
    "The same as a page",
    "CONSENT_UNKNOWN",
    "DELETION_PENDING",
  ],
  "POST /api/proxies/appoint": ["Takes a mandate that a card signed, or its end", "PROXY_REFUSED"],
  "POST /api/proxies/dismiss": ["Ends what a proxy may do", "PROXY_UNKNOWN"],
  "POST /api/proxies/show": ["Who may act for a person in a service"],
  "GET /api/galleries": ["Which box holds which state of its gallery"],
  "POST /api/galleries/sync": ["Sends a box its gallery anew"],
  "POST /api/galleries/rekey": ["Begins a new rotation of all templates"],
};

const whole: RouteWords = {
  "GET /healthz": ["Whether the gateway runs; open to everybody"],
  "GET /metrics": ["Counters and gauges for Prometheus"],
  "GET /api/openapi.json": ["This description; open to everybody"],
  "GET /api/events": ["The ledger's entries, oldest first"],
  "GET /api/events/stream": ["Each entry as it is committed"],
  "GET /api/live": ["What open pages follow"],
  "GET /api/map": ["Stops and lines of the city, for a map"],
  "GET /api/map/boxes": ["Where boxes are now"],
  "GET /api/devices": ["Every box, silence included"],
  "GET /api/views/:name": ["What a view shows now", "SERVICE_UNKNOWN"],
  "GET /api/audit": ["Who looked at people's data, came in or was refused, newest first"],
  "GET /api/quarantine": ["What was refused on arrival, and why"],
  "GET /api/ledger/verify": ["Recomputes every hash and every signature"],
  "GET /api/ledger/proof": [
    "Proves that an entry is in the ledger",
    ...(["LEDGER_ENTRY_MISSING", "LEDGER_HEAD_PENDING"] as const),
  ],
  "POST /api/places": ["Which clinic, performance or merchant a box works for", ...unknownBox],
  "GET /api/policy": ["The policy table that is in force"],
  "GET /api/policy/explain": ["What a service would ask for, and why"],
  "POST /api/policy/simulate": ["What another table would have decided of what happened"],
};

export const routeWords: RouteWords = {
  ...{ ...peopleWords, ...bus, ...taxi, ...school, ...shelter, ...medical },
  ...{ ...tickets, ...payment, ...consents, ...whole },
};
