import { expect, test } from "vitest";
import { openFace } from "#device/card/face-application.ts";
import { VirtualCard } from "#device/card/virtual/virtual-card.ts";
import { decodeCardPhotograph } from "#device/source/card-photograph.ts";
import { cardPhotograph } from "#test/support/card-photograph.ts";
import { rejectedWith } from "#test/support/code-of.ts";
import { hasFfmpeg } from "#test/support/media-servers.ts";

const numberB = "12022920304321";
const digits = (text: string) => Uint8Array.from(Buffer.from(text));

function cardWith(photograph: Uint8Array | undefined): VirtualCard {
  const nobody = {
    ...{ certificate: new Uint8Array(), authority: new Uint8Array(), pin: "1234" },
    key: {} as never,
  };
  return new VirtualCard({
    authentication: nobody,
    attributes: { name: "", address: "", birthDate: "", sex: "", pin: "5678" },
    ...(photograph ? { face: { photograph, numberB } } : {}),
    uid: Buffer.alloc(4),
  });
}

test("the photograph is read after number B, and after nothing else", async () => {
  const photograph = Buffer.alloc(9_000, 7);
  const card = cardWith(photograph);
  const face = await openFace(card);
  expect(await rejectedWith(face.readPhotograph())).toBe("CARD_PIN_NEEDED");
  // What cannot be number B costs no try; a wrong one costs one, of ten.
  for (const wrong of ["1234", "1202292030432x", "120229203043211"]) {
    expect(await rejectedWith(face.verifyNumberB(digits(wrong)))).toBe("CARD_PIN_WRONG");
  }
  expect(await face.triesLeft()).toBe(10);
  expect(await rejectedWith(face.verifyNumberB(digits("12022920309999")))).toBe("CARD_PIN_WRONG");
  expect(await face.triesLeft()).toBe(9);
  await face.verifyNumberB(digits(numberB));
  expect(Buffer.from(await face.readPhotograph()).equals(photograph)).toBe(true);
});

test("a card without a photograph says so", async () => {
  expect(await rejectedWith(openFace(cardWith(undefined)))).toBe("CARD_NOT_SUPPORTED");
});

test.skipIf(!hasFfmpeg())(
  "a grey JPEG 2000 is decoded in memory, and what is none is refused",
  async () => {
    const bytes = cardPhotograph(70);
    const { width, height, data } = await decodeCardPhotograph(bytes);
    expect([width, height]).toEqual([320, 320]);
    expect(data.some((value) => value !== data[0])).toBe(true);
    expect(await rejectedWith(decodeCardPhotograph(bytes.subarray(0, 40)))).toBe(
      "IMAGE_UNREADABLE",
    );
  },
);
