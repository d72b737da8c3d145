import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Health } from "#contract/health.ts";
import { useResource } from "../api/resource.ts";
import type { Device, DevicesAnswer } from "../api/shapes.ts";
import { Badge, Notice } from "../design/badge.tsx";
import { FileLink } from "../design/button.tsx";
import { Dialog } from "../design/dialog.tsx";
import { Field } from "../design/field.tsx";
import { Pairs, Sheet } from "../design/sheet.tsx";
import { type Column, Table } from "../design/table.tsx";
import { PageHead } from "../shell/page-head.tsx";
import { addressOf, go, useRoute } from "../shell/route.ts";
import { type Format, useFormat } from "../words/format.ts";
import { useWords } from "../words/language.ts";
import { type Phrase, plain, t } from "../words/phrase.ts";
import type { Words } from "../words/words.ts";
import { byUrgency, conditionOf, toneOf } from "./device-state.ts";
import { serviceName } from "./outcome.tsx";
import { Plan } from "./plan.tsx";

/** Every box: how it fares, and since when. Who is silent stands first. */
export function Devices(): JSX.Element {
  const w = useWords();
  const format = useFormat();
  const { value, code } = useResource<DevicesAnswer>("/api/devices");
  const { query } = useRoute();
  const [sought, setSought] = useState("");
  const devices = [...(value?.devices ?? [])].sort(byUrgency);
  const shown = devices.filter(({ device }) => device.includes(sought.trim().toLowerCase()));
  const silent = devices.filter((device) => conditionOf(device) === "silent");
  const chosen = devices.find(({ device }) => device === query.get("box"));
  return (
    <>
      <PageHead
        title={w.page.devices}
        lead={t(w.lead.devices)}
        tools={
          <FileLink href="/api/devices" isPage>
            JSON
          </FileLink>
        }
      />
      <div class="stack">
        {code ? <Notice tone="bad">{t(w.text.notRead)}</Notice> : null}
        {silent.length > 0 ? (
          <Notice tone="care">
            {t(w.text.silentWarning, { n: silent.length })}{" "}
            <b>
              {silent
                .slice(0, 8)
                .map(({ device }) => device)
                .join(", ")}
            </b>
          </Notice>
        ) : null}
        <Sheet title={t(w.text.boxesBySite)}>
          <Plan devices={value?.devices ?? []} />
        </Sheet>
        <Sheet title={t(w.text.allBoxes)}>
          <div class="toolbar">
            <Field name={t(w.text.searchBox)} type="search" value={sought} onInput={setSought} />
          </div>
          <Table
            name={plain(w.text.allBoxes)}
            columns={columnsOf(w, format)}
            rows={shown}
            keyOf={({ device }) => device}
            empty={t(w.text.noBoxYet)}
          />
        </Sheet>
      </div>
      {chosen ? <OneDevice device={chosen} /> : null}
    </>
  );
}

function columnsOf(w: Words, { ago, number }: Format): readonly Column<Device>[] {
  return [
    {
      title: t(w.text.box),
      cell: ({ device }) => <a href={addressOf("devices", { box: device })}>{device}</a>,
    },
    {
      title: t(w.text.state),
      cell: (device) => {
        const condition = conditionOf(device);
        return <Badge tone={toneOf[condition]}>{t(w.condition[condition])}</Badge>;
      },
    },
    {
      title: t(w.text.lastHeard),
      cell: ({ lastHeardAt }) => (lastHeardAt ? ago(lastHeardAt) : t(w.text.neverHeard)),
    },
    {
      title: t(w.text.waitingEvents),
      isNumber: true,
      isMinor: true,
      cell: ({ health }) => (health ? number(health.outboxDepth) : ""),
    },
    {
      title: t(w.text.service),
      isMinor: true,
      cell: ({ health }) => {
        const name = health && serviceName(w, health.service);
        return name ? t(name) : "";
      },
    },
    {
      title: t(w.text.picture),
      isMinor: true,
      cell: ({ health }) => {
        const name = health && sourceStateName(w, health.sourceState);
        return name ? t(name) : (health?.sourceState ?? "");
      },
    },
    {
      title: t(w.health.clock),
      isMinor: true,
      cell: ({ health }) => (health ? <ClockQuality of={health} /> : ""),
    },
    { title: t(w.text.version), isMinor: true, cell: ({ health }) => health?.version ?? "" },
  ];
}

const clockTones = { unsynced: "care", synced: "info", signed: "good" } as const;

/** Whether the times in this box's events can be believed. */
function ClockQuality({ of: { clock } }: { readonly of: Health }): JSX.Element {
  const w = useWords();
  return <Badge tone={clock ? clockTones[clock] : "none"}>{t(w.clock[clock ?? "unknown"])}</Badge>;
}

const sourceStateName = (w: Words, state: string): Phrase | undefined =>
  (w.sourceState as Readonly<Record<string, Phrase>>)[state];

/** One box in full. */
function OneDevice({ device }: { readonly device: Device }): JSX.Element {
  const w = useWords();
  const { ago, number, moment } = useFormat();
  const { health } = device;
  const condition = conditionOf(device);
  const known: readonly (readonly [Phrase, string | undefined])[] = [
    [w.text.lastHeard, device.lastHeardAt ? ago(device.lastHeardAt) : undefined],
    [w.text.inFleetSince, moment(device.addedAt)],
    [w.text.eventsTaken, number(device.sequence)],
    [w.text.eventsMade, health && number(health.sequence)],
    [w.text.waitingEvents, health && number(health.outboxDepth)],
    [w.text.framesPerSecond, health?.framesPerSecond.toFixed(1)],
    [w.text.framesDropped, health && number(health.framesDropped)],
    [w.text.galleryPeople, health && number(health.galleryPeople)],
    [w.text.nonces, health && number(health.nonces)],
    [w.health.clock, health && plain(w.clock[health.clock ?? "unknown"])],
    [w.health.cardReader, health && plain(w.reader[health.cardReader])],
    [
      w.health.policyVersion,
      health?.policyVersion === undefined ? undefined : number(health.policyVersion),
    ],
    [
      w.health.temperature,
      health?.temperature === undefined ? undefined : `${number(health.temperature)} °C`,
    ],
    [w.health.pace, health?.paceLevel ? number(health.paceLevel) : undefined],
    [w.text.version, health?.version],
    [w.health.unrecordable, health?.unrecordable],
    [w.text.refusalCode, health?.refusal],
  ];
  return (
    <Dialog
      title={device.device}
      closeName={plain(w.text.close)}
      onClose={() => go(addressOf("devices"))}
    >
      <div class="stack">
        <p>
          <Badge tone={toneOf[condition]}>{t(w.condition[condition])}</Badge>
        </p>
        <p>{t(w.conditionAdvice[condition])}</p>
        <Pairs
          of={known
            .filter(([, value]) => value !== undefined)
            .map(([name, value]) => [t(name), value])}
        />
      </div>
    </Dialog>
  );
}
