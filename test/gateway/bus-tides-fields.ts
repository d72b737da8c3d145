/** A field of a TIDES 1.0 table, as its Table Schema constrains it. */
interface Field {
  readonly name: string;
  readonly required?: true;
  readonly unique?: true;
  readonly fits?: RegExp;
  readonly oneOf?: readonly string[];
}

const date = /^\d{4}-\d\d-\d\d$/;
const datetime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const wholeFromZero = /^\d+$/;
const wholeFromOne = /^[1-9]\d*$/;
const number = /^-?\d+(\.\d+)?$/;

/** TIDES-transit/TIDES, spec/passenger_events.schema.json, version 1.0. */
export const passengerEventFields: readonly Field[] = [
  { name: "passenger_event_id", required: true, unique: true },
  { name: "service_date", required: true, fits: date },
  { name: "event_timestamp", required: true, fits: datetime },
  { name: "location_ping_id" },
  { name: "trip_id_performed" },
  { name: "trip_id_scheduled" },
  { name: "trip_stop_sequence", required: true, fits: wholeFromOne },
  { name: "scheduled_stop_sequence", fits: wholeFromZero },
  {
    name: "event_type",
    required: true,
    oneOf: [
      ...["Vehicle arrived at stop", "Vehicle departed stop", "Door opened", "Door closed"],
      ...["Passenger boarded", "Passenger alighted", "Kneel was engaged", "Kneel was disengaged"],
      ...["Ramp was deployed", "Ramp was raised", "Ramp deployment failed", "Lift was deployed"],
      ...["Lift was raised", "Individual bike boarded", "Individual bike alighted"],
      "Bike rack deployed",
    ],
  },
  { name: "vehicle_id", required: true },
  { name: "vehicle_direction", oneOf: ["forward", "backward"] },
  { name: "device_id" },
  { name: "stop_id" },
  { name: "pattern_id" },
  { name: "event_count", fits: wholeFromZero },
];

/** TIDES-transit/TIDES, spec/fare_transactions.schema.json, version 1.0. */
export const fareTransactionFields: readonly Field[] = [
  { name: "transaction_id", required: true, unique: true },
  { name: "service_date", required: true, fits: date },
  { name: "event_timestamp", required: true, fits: datetime },
  { name: "amount", required: true, fits: number },
  { name: "currency_type", fits: /^[A-Z]{3}$/ },
  {
    name: "fare_action",
    required: true,
    oneOf: [
      ...["Unknown action type", "Purchase", "Enter", "Exit", "Transfer entrance"],
      ...["Transfer exit", "Add", "Activate", "Adjust", "Other"],
    ],
  },
  { name: "trip_id_performed" },
  { name: "pattern_id" },
  { name: "stop_sequence", fits: wholeFromZero },
  { name: "vehicle_id" },
  { name: "device_id" },
  { name: "fare_id" },
  { name: "stop_id" },
  { name: "num_riders", fits: wholeFromZero },
  {
    name: "fare_media_id",
    oneOf: [
      ...["Cash or coins", "Smart card or ticket", "Magnetic-stripe card or ticket"],
      ...["Bank card", "Mobile NFC", "Optical scan"],
      "Button pressed by driver or operator to indicate a boarding or alighting passenger.",
      "Other type",
    ],
  },
  { name: "rider_category" },
  { name: "fare_product" },
  { name: "fare_period" },
  { name: "fare_capped", fits: /^(true|false)$/ },
  { name: "token_id" },
  { name: "balance", fits: number },
];

/** Everything in rows that their table's fields do not allow. */
export function flawsIn(
  rows: readonly Readonly<Record<string, string>>[],
  fields: readonly Field[],
): readonly string[] {
  const names = fields.map(({ name }) => name);
  const seen = new Set<string>();
  return rows.flatMap((row, i) => [
    ...(Object.keys(row).join() === names.join() ? [] : [`row ${i}: other fields`]),
    ...fields.flatMap(({ name, required, unique, fits, oneOf }) => {
      const value = row[name] ?? "";
      if (value === "") return required ? [`row ${i}: ${name} is missing`] : [];
      const again = unique === true && seen.has(value);
      if (unique) seen.add(value);
      const wrong = fits?.test(value) === false || oneOf?.includes(value) === false || again;
      return wrong ? [`row ${i}: ${name} is ${value}`] : [];
    }),
  ]);
}
