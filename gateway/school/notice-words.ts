import type { NoticeKind } from "#contract/bodies/school.ts";
import type { NoticeLanguage } from "./contacts.ts";
import { localMoment } from "./local-clock.ts";
import type { NoticeStory } from "./notice-queue.ts";

interface NoticeWords {
  /** Never with a name: subjects show on locked screens. */
  readonly subject: string;
  readonly text: string;
}

interface Facts {
  readonly name: string;
  readonly time: string;
  readonly day: string;
}

type Words = Readonly<
  Record<NoticeKind | "all-clear", { subject: string; text(facts: Facts): readonly string[] }>
>;

const words: Readonly<Record<NoticeLanguage, Words & { readonly child: string }>> = {
  ja: {
    child: "お子さま",
    arrival: {
      subject: "登校のお知らせ",
      text: ({ name, time, day }) => [`${name}は、${day} ${time}に登校しました。`],
    },
    departure: {
      subject: "下校のお知らせ",
      text: ({ name, time, day }) => [`${name}は、${day} ${time}に学校を出ました。`],
    },
    unconfirmed: {
      subject: "登校の確認のお願い",
      text: ({ name, time, day }) => [
        `${day} ${time}の時点で、${name}の登校を確認できていません。`,
        "機械が登校を記録できなかっただけのこともあります。",
        "お休みの場合や、お心当たりがない場合は、学校へご連絡ください。",
      ],
    },
    "all-clear": {
      subject: "登校を確認しました",
      text: ({ name, time, day }) => [
        `${name}が${day} ${time}に登校していたことを確認しました。`,
        "先ほどのお知らせのあとに記録が届きました。ご心配をおかけしました。",
      ],
    },
  },
  "ja-easy": {
    child: "お子（こ）さん",
    arrival: {
      subject: "学校（がっこう）に つきました",
      text: ({ name, time, day }) => [`${name}は ${day} ${time}に 学校（がっこう）に つきました。`],
    },
    departure: {
      subject: "学校（がっこう）を でました",
      text: ({ name, time, day }) => [`${name}は ${day} ${time}に 学校（がっこう）を でました。`],
    },
    unconfirmed: {
      subject: "学校（がっこう）に きたか わかりません",
      text: ({ name, time, day }) => [
        `${day} ${time}に、${name}が 学校（がっこう）に きたか、まだ わかりません。`,
        "機械（きかい）が まちがえる ことも あります。",
        "休（やす）みの とき、または わからない ときは、学校（がっこう）に 電話（でんわ）してください。",
      ],
    },
    "all-clear": {
      subject: "学校（がっこう）に きていました",
      text: ({ name, time, day }) => [
        `${name}は ${day} ${time}に 学校（がっこう）に きていました。`,
        "さっきの お知（し）らせの あとで わかりました。だいじょうぶです。",
      ],
    },
  },
  en: {
    child: "your child",
    arrival: {
      subject: "Arrived at school",
      text: ({ name, time, day }) => [`${atStart(name)} arrived at school at ${time} on ${day}.`],
    },
    departure: {
      subject: "Left school",
      text: ({ name, time, day }) => [`${atStart(name)} left school at ${time} on ${day}.`],
    },
    unconfirmed: {
      subject: "Arrival not confirmed yet",
      text: ({ name, time, day }) => [
        `As of ${time} on ${day} we have not been able to confirm that ${name} is at school.`,
        "It may be that the device at the door did not record the arrival.",
        "If your child is absent today, or if this is unexpected, please call the school.",
      ],
    },
    "all-clear": {
      subject: "Arrival confirmed",
      text: ({ name, time, day }) => [
        `We now know that ${name} arrived at school at ${time} on ${day}.`,
        "The record reached us after the earlier notice. We are sorry for the worry.",
      ],
    },
  },
};

/** The words of a notice in a guardian's language; `name` is null where the guardian wants none in it. */
export function noticeWords(
  story: Pick<NoticeStory, "kind" | "at" | "day" | "timeZone" | "isAllClear">,
  language: NoticeLanguage,
  name: string | null,
): NoticeWords {
  const of = words[language];
  const { subject, text } = of[story.isAllClear ? "all-clear" : story.kind];
  const { time } = localMoment(story.timeZone, story.at);
  const facts = { name: name ?? of.child, time, day: dayWords(story.day, language) };
  return { subject, text: text(facts).join("\n") };
}

const monthNames = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

const atStart = (name: string): string => name.slice(0, 1).toUpperCase() + name.slice(1);

function dayWords(day: string, language: NoticeLanguage): string {
  const [year, month = 1, date] = day.split("-").map(Number);
  if (language === "en") return `${date} ${monthNames[month - 1]} ${year}`;
  if (language === "ja-easy") return `${month}月（がつ）${date}日（にち）`;
  return `${month}月${date}日`;
}
