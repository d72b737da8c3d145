import { join } from "node:path";
import { expect, test } from "vitest";
import { openCertificate } from "#contract/deletion-certificate.ts";
import type { WallMs } from "#contract/ids.ts";
import type { Scope } from "#gateway/api/api-keys.ts";
import { systemClock } from "#runtime/clock.ts";
import { Disposables } from "#runtime/disposables.ts";
import { dimensions, GalleryBox, trialCard, trustIn } from "#test/support/gallery-box.ts";
import { gaussianUnit, randomFrom } from "#test/support/unit-vectors.ts";
import { startSecureGateway, temporaryFolder } from "./gateway-under-test.ts";

const patience = { timeout: 60_000, interval: 100 };
const service = "bus.boarding";

test("over HTTP: who may ask what of consents, an end at the counter, how far it is, and the proof", async () => {
  using folder = temporaryFolder();
  await using parts = new Disposables();
  const { card, trustDir } = trialCard(join(folder.path, "card"));
  trustIn(join(folder.path, "gateway"), trustDir);
  const running = parts.use(await startSecureGateway(join(folder.path, "gateway")));
  const { gateway, httpUrl } = running;
  const keyFor = (...scopes: Scope[]) => {
    const createdAt = systemClock.wall();
    const expiresAt = (createdAt + 3_600_000) as WallMs;
    return gateway.apiKeys.create({ name: "a counter", scopes, createdAt, expiresAt }).text;
  };
  const ask = async (path: string, body: object | undefined, key?: string) => {
    const answer = await fetch(`${httpUrl}${path}`, {
      method: body ? "POST" : "GET",
      headers: {
        "content-type": "application/json",
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return { status: answer.status, ...((await answer.json()) as object) };
  };
  const options = { folder: folder.path, id: "bus-a", service, trustDir } as const;
  const box = parts.use(await GalleryBox.open(running, options));
  await box.start();
  const face = gaussianUnit(randomFrom(9), dimensions);
  await box.enrol("Aoi", face, card);
  const person = box.store.consents.all()[0]!.person;
  const about = { service, person };
  const [reader, clerk] = [keyFor("consents:read"), keyFor("consents:write")];

  for (const path of ["show", "withdraw", "deletion", "certificate", "certificate-page"]) {
    expect(await ask(`/api/consents/${path}`, about)).toMatchObject({ code: "API_KEY_MISSING" });
    expect(await ask(`/api/consents/${path}`, about, keyFor("bus:read"))).toMatchObject({
      code: "API_KEY_SCOPE",
    });
  }
  await expect
    .poll(() => ask("/api/consents/show", about, reader), patience)
    .toMatchObject({ consent: { state: "standing" } });
  expect(await ask("/api/consents/certificate", about, reader)).toMatchObject({
    ...{ status: 409, code: "DELETION_PENDING" },
  });
  const end = { ...about, how: "counter" };
  expect(await ask("/api/consents/withdraw", end, reader)).toMatchObject({ code: "API_KEY_SCOPE" });
  expect(await ask("/api/consents/withdraw", end, clerk)).toMatchObject({ status: 200 });
  expect(await ask("/api/consents/withdraw", end, clerk)).toMatchObject({
    ...{ status: 404, code: "CONSENT_UNKNOWN" },
  });
  await expect
    .poll(() => ask("/api/consents/deletion", about, reader), patience)
    .toMatchObject({ deletion: { gone: 1, of: 1, certified: true } });
  expect(await box.recognises(face)).toBeUndefined();
  const made = (await ask("/api/consents/certificate", about, reader)) as { certificate?: string };
  expect(await openCertificate(made.certificate ?? "", gateway.publicKey)).toMatchObject(about);
  const page = (await ask("/api/consents/certificate-page", about, reader)) as { html?: string };
  expect(page.html).toContain(made.certificate);
  expect(page.html).toMatch(/削除証明書[\s\S]*Certificate of deletion/);

  const boxes = await ask("/api/galleries", undefined, keyFor("galleries:read"));
  expect(boxes).toMatchObject({ boxes: [{ device: "bus-a", rows: 0 }] });
  expect(await ask("/api/galleries/rekey", {}, keyFor("galleries:read"))).toMatchObject({
    code: "API_KEY_SCOPE",
  });
});
