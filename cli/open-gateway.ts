import { readFileSync } from "node:fs";
import { Gateway } from "#gateway/app.ts";
import type { SessionRules } from "#gateway/sign-in/sessions.ts";
import type { Log } from "#runtime/log.ts";
import { clock, foldersOf } from "./parts.ts";
import { phones } from "./phones.ts";
import type { CommandSettings } from "./settings.ts";

/** When sessions of staff end. */
export function sessionRulesOf({ gateway }: CommandSettings): SessionRules {
  const { idleMinutes, hours } = gateway.sessions;
  return { idleMsMax: idleMinutes * 60_000, ageMsMax: hours * 3_600_000 };
}

/** A gateway with the settings' broker, not started yet. */
export function openGateway(
  settings: CommandSettings,
  ports: { httpPort: number; mqttPort: number; fleetPort: number; log: Log },
): Gateway {
  const { medicalSource, host, hosts, brokerUrl, boxBrokerUrl, timeZone, stepUp, mqttTls } =
    settings.gateway;
  return new Gateway(
    {
      dataDir: foldersOf(settings).gateway,
      host,
      httpPort: ports.httpPort,
      mqtt: brokerUrl
        ? { kind: "external", url: brokerUrl }
        : { kind: "embedded", port: ports.mqttPort, tls: mqttTls },
      fleet: { port: ports.fleetPort, hosts, brokerUrl: boxBrokerUrl },
      timeZone,
      serviceTerms: settings.serviceTerms,
      signIn: {
        publicUrl: settings.gateway.publicUrl,
        sessions: sessionRulesOf(settings),
      },
      policy: settings.policy,
      gtfs: settings.gateway.gtfs,
      medicalSource: medicalSource && {
        url: medicalSource.url,
        token: medicalSource.tokenFile && readFileSync(medicalSource.tokenFile, "utf8").trim(),
      },
      phone: phones.gateway,
      school: settings.gateway.school,
      map: settings.gateway.map,
      consent: settings.consent,
      retention: settings.gateway.retention,
      stepUp: {
        ...{ policies: stepUp.policies, unknownCard: stepUp.unknownCard },
        trustDir: stepUp.trustDir,
        crlAgeMsMax: stepUp.crlAgeHoursMax * 3_600_000,
        apartMsMax: stepUp.apartSecondsMax * 1_000,
      },
    },
    { clock, log: ports.log },
  );
}
