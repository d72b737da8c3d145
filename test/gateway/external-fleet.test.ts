import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connectAsync } from "mqtt";
import { expect, test } from "vitest";
import type { DeviceId } from "#contract/ids.ts";
import { type Channel, channels, isDownChannel, topicOf } from "#contract/topics.ts";
import { Gateway } from "#gateway/app.ts";
import { gatewayFiles } from "#gateway/config.ts";
import { DeviceAuthority } from "#gateway/fleet/authority.ts";
import { systemClock } from "#runtime/clock.ts";
import { Disposables } from "#runtime/disposables.ts";
import { replaceFile } from "#runtime/key-file.ts";
import { silentLog } from "#runtime/log.ts";
import { rejectedWith } from "#test/support/code-of.ts";
import { credentialsOf, joinedMember } from "#test/support/fleet.ts";
import { freePort } from "#test/support/free-port.ts";
import { hasMosquitto, startMosquitto } from "#test/support/mosquitto.ts";
import { stepUpRules, temporaryFolder } from "./gateway-under-test.ts";

const title = (text: string) => (hasMosquitto ? text : `${text} (skipped: needs mosquitto)`);

const guide = readFileSync(new URL("../../docs/fleet.md", import.meta.url), "utf8");

/** The first listing after a line of docs/fleet.md: what is tried here is what is printed there. */
function listingAfter(line: string): readonly string[] {
  const [, listing] = /```\w*\n([^`]*)```/.exec(guide.slice(guide.indexOf(`\n${line}\n`))) ?? [];
  if (!listing) throw new Error(`docs/fleet.md has no listing after "${line}"`);
  return listing.trimEnd().split("\n");
}

/** Mosquitto as docs/fleet.md sets it up: the name in the certificate is the user, and owns its topics. */
function closedBroker(folder: string): readonly string[] {
  const path = (name: string) => join(folder, name);
  const authority = new DeviceAuthority(gatewayFiles(path("gateway")), systemClock);
  const { key, pem } = authority.certifyServer(["127.0.0.1"]);
  replaceFile(path("authority.crt"), authority.certificate);
  replaceFile(path("broker.key"), key);
  replaceFile(path("broker.crt"), pem);
  replaceFile(path("fleet.crl"), authority.revocationList([]));
  writeFileSync(path("access"), `${listingAfter("`/etc/mosquitto/fleet/access`:").join("\n")}\n`);
  const settings = listingAfter("### Mosquitto").filter((line) => !line.startsWith("listener "));
  // Started as root, Mosquitto would hand itself over to a user who may not read a test's folder.
  return [...settings.map((line) => line.replace("/etc/mosquitto/fleet", folder)), "user root"];
}

test.each(["### Mosquitto", "### EMQX 5", "### NATS"])(
  "the access rules of docs/fleet.md name every channel: %s",
  (broker) => {
    const [, rules = ""] = guide.split(`\n${broker}\n`);
    const [own = ""] = rules.split("\n### ");
    const missing = channels.filter((channel) => !own.includes(channel));
    expect(missing).toEqual([]);
  },
);

test.runIf(hasMosquitto)(
  title("through a closed Mosquitto every channel goes one way, and to its box alone"),
  async () => {
    using folder = temporaryFolder();
    const port = await freePort();
    await using _broker = await startMosquitto(folder.path, port, closedBroker(folder.path));
    const url = `mqtts://127.0.0.1:${port}`;
    const authority = new DeviceAuthority(gatewayFiles(join(folder.path, "gateway")), systemClock);
    const ca = authority.certificate;
    const { key, pem } = authority.certifyServer(["Tebura gateway"]);
    const [ours, others] = ["bus-1", "bus-2"] as const;
    const heard: Record<string, Set<string>> = {
      ...{ gateway: new Set(), [ours]: new Set(), [others]: new Set() },
    };
    const gatewayDir = join(folder.path, "gateway");
    const tls: Record<string, object> = {
      gateway: { key, cert: pem },
      [ours]: credentialsOf(gatewayDir, ours as DeviceId),
      [others]: credentialsOf(gatewayDir, others as DeviceId),
    };
    await using clients = new Disposables();
    const connect = async (name: string) => {
      const client = await connectAsync(url, { ca, ...tls[name], reconnectPeriod: 0 });
      clients.use({ [Symbol.asyncDispose]: () => client.endAsync(true) });
      client.on("message", (topic) => heard[name]?.add(topic));
      return client;
    };
    const everything = [
      "tebura/v1/devices/#",
      ...[ours, others].flatMap((device) =>
        channels.map((channel) => topicOf(device as DeviceId, channel)),
      ),
    ];
    for (const name of Object.keys(tls)) {
      await (await connect(name)).subscribeAsync(everything, { qos: 1 });
    }
    for (const channel of channels) {
      const topic = topicOf(ours as DeviceId, channel);
      // In this order: once a rightful one has arrived, the wrongful ones before it have been dealt with.
      const rightful = isDownChannel(channel) ? "gateway" : ours;
      const names = Object.keys(tls).filter((name) => name !== rightful);
      for (const name of [...names, rightful]) {
        const client = await connect(name);
        // Mosquitto takes what may not be published, gives it to nobody, and may hang up on its sender.
        const closed = new Promise<void>((resolve) => client.once("close", () => resolve()));
        await Promise.race([client.publishAsync(topic, "x", { qos: 1 }), closed]);
      }
    }
    const [down, up] = [true, false].map((isDown) =>
      channels.filter((channel) => isDownChannel(channel) === isDown),
    );
    const topicsOf = (some: readonly Channel[] = []) =>
      some.map((channel) => topicOf(ours as DeviceId, channel)).sort();
    await expect.poll(() => heard[ours]!.size, { timeout: 60_000 }).toBe(down!.length);
    await expect.poll(() => heard["gateway"]!.size, { timeout: 60_000 }).toBe(up!.length);
    expect([...heard[ours]!].sort()).toEqual(topicsOf(down));
    expect([...heard["gateway"]!].sort()).toEqual(topicsOf(up));
    expect([...heard[others]!]).toEqual([]);
  },
);

test.runIf(hasMosquitto)(
  title("through a closed Mosquitto a member is receipted, and reaches nobody else's topics"),
  async () => {
    using folder = temporaryFolder();
    const port = await freePort();
    await using _broker = await startMosquitto(folder.path, port, closedBroker(folder.path));
    await using gateway = new Gateway(
      {
        ...{ dataDir: join(folder.path, "gateway"), host: "127.0.0.1", httpPort: 0 },
        mqtt: { kind: "external", url: `mqtts://127.0.0.1:${port}` },
        fleet: { port: 0, hosts: ["127.0.0.1"] },
        ...{ timeZone: "Asia/Tokyo", stepUp: stepUpRules },
      },
      { clock: systemClock, log: silentLog },
    );
    await gateway.start(new AbortController().signal);
    await using box = await joinedMember({ gateway }, folder.path, "bus-1");
    await using other = await joinedMember({ gateway }, folder.path, "bus-2");
    const { brokerUrl } = box.membership.member;
    for (const { device, membership } of [box, other]) {
      await device.connect(brokerUrl, membership.credentials);
    }
    // Mosquitto takes what may not be published, and gives it to nobody.
    const forged = await other.device.sealed();
    await other.device.client.publishAsync(topicOf(box.device.id, "events"), forged, { qos: 1 });
    await box.device.publish(await box.device.next());
    expect(await box.device.answer(gateway.publicKey)).toMatchObject({ receipt: { sequence: 1 } });
    expect(gateway.ingest.counts.refused).toBe(0);
    const { ca } = box.membership.credentials;
    expect(await rejectedWith(other.device.connect(brokerUrl, { ca }))).toBeDefined();
  },
);
