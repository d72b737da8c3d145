import { X509Certificate } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import { expect, test } from "vitest";
import { TeburaError } from "#contract/errors.ts";
import type { DeviceId } from "#contract/ids.ts";
import { formatInvitation, type Invitation } from "#contract/invitation.ts";
import { joinFleet } from "#device/fleet/join.ts";
import { Renewal } from "#device/fleet/renewal.ts";
import { gatewayFiles } from "#gateway/config.ts";
import { Fleet } from "#gateway/fleet/fleet.ts";
import { DeviceRegistry } from "#gateway/registry/device-registry.ts";
import { systemClock } from "#runtime/clock.ts";
import { keyPairFile } from "#runtime/key-file.ts";
import { silentLog } from "#runtime/log.ts";
import { codeOf, rejectedWith } from "#test/support/code-of.ts";
import { invitationTo, joinedMember } from "#test/support/fleet.ts";
import { runCommand } from "#test/support/run-command.ts";
import { startSecureGateway, temporaryFolder } from "./gateway-under-test.ts";

const hourMs = 3_600_000;

test("a box that was invited joins, speaks TLS 1.3 with its certificate, and is receipted", async () => {
  using folder = temporaryFolder();
  await using running = await startSecureGateway(`${folder.path}/gateway`);
  const { gateway, mqttUrl } = running;
  await using box = await joinedMember(running, folder.path, "bus-7");
  const { membership, device } = box;
  expect(membership.member).toMatchObject({ device: "bus-7", brokerUrl: mqttUrl });
  await device.connect(mqttUrl, membership.credentials);
  await device.publish(await device.next());
  expect(await device.answer(membership.gatewayKey)).toMatchObject({ receipt: { sequence: 1 } });
  const certificate = new X509Certificate(membership.credentials.cert);
  expect(certificate.verify(new X509Certificate(membership.credentials.ca).publicKey)).toBe(true);
  expect(certificate.subject).toBe("CN=bus-7");
  expect(gateway.devices.get("bus-7" as DeviceId)?.status).toBe("active");
});

test("an invitation is good once, for one box, for its time, and at its own gateway", async () => {
  using folder = temporaryFolder();
  await using running = await startSecureGateway(`${folder.path}/gateway`);
  const join = async (id: string, asked: Invitation) =>
    await rejectedWith(joinFleet(`${folder.path}/${id}`, id as DeviceId, asked));
  const once = invitationTo(running);
  expect(await join("bus-1", once)).toBeUndefined();
  expect(await join("bus-2", once)).toBe("INVITATION_SPENT");
  expect(await join("bus-1", once)).toBeUndefined(); // Its answer may have been lost.
  expect(await join("bus-3", invitationTo(running, "bus-4"))).toBe("INVITATION_SPENT");
  const short = invitationTo(running, undefined, 1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await join("bus-5", short)).toBe("INVITATION_SPENT");
  const guessed = { ...invitationTo(running), secret: "A".repeat(22) };
  expect(await join("bus-6", guessed)).toBe("INVITATION_SPENT");
  const elsewhere = { ...invitationTo(running), authority: "A".repeat(43) };
  expect(await join("bus-7", elsewhere)).toBe("GATEWAY_UNTRUSTED");
  expect(codeOf(() => invitationTo(running, undefined, 31 * 24 * hourMs))).toBe("USAGE");
  expect(formatInvitation(once)).toMatch(/^tebura:\/\/127\.0\.0\.1:\d+\/[\w-]{22}\.[\w-]{43}$/);
});

test("an invitation that no box could use is not printed, and a mistyped folder is not made a gateway's", async () => {
  using folder = temporaryFolder();
  const data = `${folder.path}/typo`;
  const fleet = async (...args: readonly string[]) =>
    (await runCommand(["fleet", ...args, "--data", data])).err;
  for (const args of [["list"], ["revoke", "bus-7"]]) {
    expect(await fleet(...args)).toContain("SOURCE_NOT_FOUND");
  }
  expect(existsSync(data)).toBe(false);
  expect(await fleet("invite", "--host", "a b/c")).toContain("USAGE: --host");
  expect(await fleet("invite", "--host", "gateway.example", "--port", "0")).toContain("USAGE");
  expect(await fleet("invite", "--hours", "-3")).toMatch(/^tebura: USAGE: .+\n$/);
});

test("whoever joins at the wrong place is told in one sentence what to look at", async () => {
  using folder = temporaryFolder();
  await using running = await startSecureGateway(`${folder.path}/gateway`);
  const here = invitationTo(running);
  const told = async (change: Partial<Invitation>) =>
    await joinFleet(`${folder.path}/box`, "bus-1" as DeviceId, { ...here, ...change }).then(
      () => "joined",
      ({ code, message }: TeburaError) => `${code}: ${message}`,
    );
  const page = Number(new URL(running.httpUrl).port);
  const broker = Number(new URL(running.mqttUrl).port);
  for (const port of [page, broker]) {
    expect(await told({ port })).toMatch(
      /^GATEWAY_UNREACHABLE: .*not its fleet port \([A-Z_0-9]+\)$/,
    );
  }
  expect(await told({ port: 1 })).toMatch(/^GATEWAY_UNREACHABLE: .*ECONNREFUSED/);
});

test("a known id with another key is refused before the invitation is spent", async () => {
  using folder = temporaryFolder();
  await using running = await startSecureGateway(`${folder.path}/gateway`);
  await using _first = await joinedMember(running, folder.path, "bus-1");
  const asked = invitationTo(running);
  const other = `${folder.path}/other`;
  expect(await rejectedWith(joinFleet(other, "bus-1" as DeviceId, asked))).toBe("CONFIG_INVALID");
  expect(await rejectedWith(joinFleet(other, "bus-2" as DeviceId, asked))).toBeUndefined();
  const desk = await rejectedWith(
    joinFleet(`${folder.path}/desk`, "gateway-desk" as DeviceId, invitationTo(running)),
  );
  expect(desk).toBe("CONFIG_INVALID");
});

test("a revocation by another process cuts an open connection, and a later one hears the order only", async () => {
  using folder = temporaryFolder();
  await using running = await startSecureGateway(`${folder.path}/gateway`);
  const { gateway, mqttUrl } = running;
  await using box = await joinedMember(running, folder.path, "bus-7");
  await using honest = await joinedMember(running, folder.path, "bus-8");
  const { membership, device } = box;
  for (const one of [box, honest]) await one.device.connect(mqttUrl, one.membership.credentials);
  {
    using elsewhere = new DeviceRegistry(gatewayFiles(`${folder.path}/gateway`).devices);
    elsewhere.revoke(device.id, systemClock.wall());
  }
  expect(await device.order(gateway.publicKey)).toMatchObject({ order: "leave" });
  await device.publish(await device.next());
  await device.sayHealth(0, { wiped: true });
  await expect.poll(() => gateway.devices.get(device.id)?.wipedAt).toBeTypeOf("number");
  await device.client.endAsync(true);
  await device.connect(mqttUrl, membership.credentials);
  expect(await device.order(gateway.publicKey)).toMatchObject({ order: "leave" });
  await honest.device.publish(await honest.device.next());
  expect(await honest.device.answer(gateway.publicKey)).toMatchObject({ receipt: { sequence: 1 } });
  expect(gateway.ledger.head(device.id).sequence).toBe(0);
});

test("a member gets its next certificate, and a revoked one the order to leave", async () => {
  using folder = temporaryFolder();
  await using running = await startSecureGateway(`${folder.path}/gateway`);
  const { gateway, mqttUrl } = running;
  await using box = await joinedMember(running, folder.path, "bus-7");
  const { membership, device } = box;
  const before = membership.credentials.cert;
  let left = 0;
  await using renewal = new Renewal({
    ...{ membership, clock: systemClock, log: silentLog, privateKey: device.key.privateKey },
    isConnected: () => true,
    onLeave: () => {
      left += 1;
    },
  });
  expect(await renewal.renew()).toBe(true);
  expect(membership.credentials.cert).not.toBe(before);
  await device.connect(mqttUrl, membership.credentials);
  gateway.devices.revoke(device.id, systemClock.wall());
  expect(await renewal.renew()).toBe(false);
  expect(left).toBe(1);
  const again = invitationTo(running);
  expect(await rejectedWith(joinFleet(`${folder.path}/bus-7`, device.id, again))).toBe(
    "DEVICE_REVOKED",
  );
});

test("the fleet service and the broker answer to TLS 1.3 and nothing older", async () => {
  using folder = temporaryFolder();
  await using running = await startSecureGateway(`${folder.path}/gateway`);
  for (const port of [running.gateway.fleet.port, Number(new URL(running.mqttUrl).port)]) {
    const old = { maxVersion: "TLSv1.2", rejectUnauthorized: false } as const;
    const socket = connect({ host: "127.0.0.1", port, ...old });
    const failed = await new Promise<string>((resolve) => {
      socket.once("secureConnect", () => resolve("spoken"));
      socket.once("error", () => resolve("refused"));
    });
    socket.destroy();
    expect(failed).toBe("refused");
  }
});

test("a box that cannot be told to leave holds up no other, and is told later", async () => {
  using folder = temporaryFolder();
  const told: string[] = [];
  const logged: string[] = [];
  const [first, second] = ["bus-1" as DeviceId, "bus-2" as DeviceId];
  const revoked: DeviceId[] = [first, second];
  let isStuck = true;
  const { privateKey, publicKey } = keyPairFile(join(folder.path, "gateway.key"));
  await using fleet = new Fleet({
    files: gatewayFiles(folder.path),
    ...{ host: "127.0.0.1", port: 0, hosts: ["localhost"], privateKey, gatewayKey: publicKey },
    devices: { refresh: () => revoked.splice(0) } as never,
    ...{ pseudonymKey: "", rotationKey: () => "", clock: systemClock, brokerUrl: () => "" },
    log: (event) => logged.push(event),
    async expel(device) {
      if (isStuck && device === first) throw new TeburaError("BROKER_UNREACHABLE", "away");
      told.push(device);
    },
  });
  await fleet.start();
  await expect.poll(() => told, { timeout: 60_000 }).toEqual([second]);
  isStuck = false;
  await expect.poll(() => told, { timeout: 60_000 }).toEqual([second, first]);
  expect(logged.filter((event) => event === "fleet.expel-failed")).toHaveLength(1);
});
