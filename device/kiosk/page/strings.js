/**
 * Every word that the page shows, once for each language. To add a language, add a column with the
 * same keys; the page offers it by itself. `{name}`, `{taken}`, `{wanted}` and `{triesLeft}` are
 * filled in.
 *
 * @typedef {{title: string, detail: string}} Words
 */

export const languages = {
  ja: {
    self: "日本語",
    states: {
      loading: { title: "準備しています", detail: "少しお待ちください。" },
      start: {
        title: "手ぶらで、どうぞ",
        detail: "カメラを始めると、お顔を確かめられます。映像はこの機械の外に出ません。",
      },
      asking: { title: "カメラの許可", detail: "画面に出る確認で「許可」を選んでください。" },
      refused: {
        title: "カメラが許可されていません",
        detail: "アドレス欄のカメラの印を押し、許可に変えてから、もう一度お試しください。",
      },
      absent: {
        title: "カメラが見つかりません",
        detail: "カメラをつないでから、もう一度お試しください。カードでもご利用になれます。",
      },
      busy: {
        title: "カメラを使えません",
        detail: "ほかのアプリがカメラを使っているようです。閉じてから、もう一度お試しください。",
      },
      insecure: {
        title: "このアドレスではカメラを使えません",
        detail: "この機械で http://localhost のアドレスを開くか、https でつないでください。",
      },
      offline: {
        title: "つなぎ直しています",
        detail: "少しお待ちください。カードもご利用になれます。",
      },
      replaced: {
        title: "別の画面に移りました",
        detail: "別の画面でカメラを使っています。ここで使うには、もう一度始めてください。",
      },
      idle: { title: "こちらへどうぞ", detail: "カメラの前にお立ちください。" },
      far: { title: "もう少し近くへ", detail: "あと一歩、前にお進みください。" },
      turned: { title: "こちらを見てください", detail: "カメラのほうへ、お顔を向けてください。" },
      light: {
        title: "明るさを変えてください",
        detail: "少し横に動くと、お顔が見えやすくなります。",
      },
      blurred: { title: "少しだけ止まってください", detail: "そのまま、動かずにお待ちください。" },
      looking: { title: "確かめています", detail: "そのままで、どうぞ。" },
      admit: { title: "ようこそ", detail: "どうぞお進みください。" },
      "admit-name": { title: "ようこそ、{name}さん", detail: "どうぞお進みください。" },
      card: { title: "カードをお願いします", detail: "カードを読み取り機にかざしてください。" },
      "card-read": {
        title: "カードを確かめています",
        detail: "カードを動かさずにお待ちください。",
      },
      "card-pin": {
        title: "暗証番号を入力してください",
        detail: "利用者証明用の4けたの番号です。あと{triesLeft}回入力できます。",
      },
      "card-wrong": {
        title: "番号がちがいます",
        detail: "もう一度入力してください。あと{triesLeft}回入力できます。",
      },
      "card-last": {
        title: "あと1回で使えなくなります",
        detail: "次にまちがえると、役所の窓口で直すまでカードの番号が使えません。続けますか。",
      },
      "card-sign": { title: "もう少しです", detail: "カードを動かさずにお待ちください。" },
      refuse: {
        title: "今回は確かめられませんでした",
        detail: "カードをお使いになるか、係の者に声をおかけください。",
      },
      enrolling: {
        title: "お顔を登録しています",
        detail: "カメラを見て、ゆっくり少しだけ左右に動いてください。 {taken} / {wanted}",
      },
      enrolled: { title: "登録できました", detail: "次からは、手ぶらでどうぞ。" },
      "enrol-failed": { title: "登録できませんでした", detail: "もう一度お試しください。" },
      frozen: {
        title: "カメラが止まっています",
        detail: "係の者に声をおかけください。カードも使えます。",
      },
      dark: { title: "暗くて見えません", detail: "明るくするか、カードをお使いください。" },
      covered: {
        title: "カメラがふさがれています",
        detail: "カメラの前をあけてください。カードも使えます。",
      },
    },
    failures: {
      NAME_TAKEN: "そのお名前はもう登録されています。別のお名前でお試しください。",
      NAME_INVALID: "お名前は1文字から80文字で入力してください。",
      FACE_AMBIGUOUS: "お一人ずつ、カメラの前にお立ちください。",
      FACE_NOT_FOUND: "お顔が見つかりませんでした。カメラの正面にお立ちください。",
      TIMEOUT: "時間内に撮れませんでした。もう少し近くで、もう一度どうぞ。",
      STOPPED: "登録をやめました。何も保存していません。",
    },
    actions: {
      start: "カメラを始める",
      retry: "もう一度試す",
      enrol: "お顔を登録する",
      cancel: "やめる",
      erase: "1字消す",
      goOn: "続ける",
      putCard: "おためし用カードを置く（番号 1234）",
      takeCard: "おためし用カードを取る",
      close: "またあとで",
      begin: "登録を始める",
      soundOn: "音 入",
      soundOff: "音 切",
      language: "ことばを変える",
    },
    form: {
      title: "お顔の登録",
      lead: "カメラで4枚撮り、お顔の特徴だけをこの機械の中に暗号化して保存します。写真は残しません。",
      name: "お名前",
      consent: "お顔の特徴をこの機械に保存することに同意します。いつでも消せます。",
      needName: "お名前を入力してください。",
      needConsent: "登録には同意が必要です。",
    },
    link: "ネットワーク待ち（このまま使えます）",
  },
  en: {
    self: "English",
    states: {
      loading: { title: "Getting ready", detail: "One moment, please." },
      start: {
        title: "Come with empty hands",
        detail: "Start the camera to be recognised. The picture never leaves this machine.",
      },
      asking: {
        title: "May we use the camera?",
        detail: "Choose “Allow” in the question on the screen.",
      },
      refused: {
        title: "The camera is not allowed",
        detail: "Press the camera sign in the address bar, change it to “Allow”, then try again.",
      },
      absent: {
        title: "No camera found",
        detail: "Plug a camera in, then try again. Your card works too.",
      },
      busy: {
        title: "The camera is in use",
        detail: "Another program seems to be using it. Close that one, then try again.",
      },
      insecure: {
        title: "No camera at this address",
        detail: "Open the http://localhost address on this machine, or connect over https.",
      },
      offline: { title: "Reconnecting", detail: "One moment, please. Your card works meanwhile." },
      replaced: {
        title: "Moved to another screen",
        detail: "Another screen is using the camera now. Start again to use it here.",
      },
      idle: { title: "Please come in", detail: "Stand in front of the camera." },
      far: { title: "Come a little closer", detail: "One more step forward, please." },
      turned: { title: "Look here, please", detail: "Turn your face to the camera." },
      light: { title: "A little more light", detail: "Move to one side, so that we can see you." },
      blurred: { title: "Hold still a moment", detail: "Just as you are, please." },
      looking: { title: "One moment", detail: "Just as you are, please." },
      admit: { title: "Welcome", detail: "Please go ahead." },
      "admit-name": { title: "Welcome, {name}", detail: "Please go ahead." },
      card: { title: "Your card, please", detail: "Hold your card to the reader." },
      "card-read": { title: "Reading your card", detail: "Leave it where it is, please." },
      "card-pin": {
        title: "Enter your PIN",
        detail: "The four digits for user authentication. Tries left: {triesLeft}.",
      },
      "card-wrong": {
        title: "That was not the PIN",
        detail: "Please enter it again. Tries left: {triesLeft}.",
      },
      "card-last": {
        title: "One try is left",
        detail: "A wrong PIN now blocks the card until the city office resets it. Go on?",
      },
      "card-sign": { title: "Almost there", detail: "Leave the card where it is, please." },
      refuse: {
        title: "Not this time",
        detail: "Please use your card, or speak to a member of staff.",
      },
      enrolling: {
        title: "Getting to know you",
        detail: "Look at the camera and move your head slowly, just a little. {taken} of {wanted}",
      },
      enrolled: { title: "All done", detail: "From now on, come with empty hands." },
      "enrol-failed": { title: "That did not work", detail: "Please try again." },
      frozen: {
        title: "The camera has stopped",
        detail: "Please tell the staff. Your card works too.",
      },
      dark: { title: "Too dark to see", detail: "Turn a light on, or use your card." },
      covered: {
        title: "The camera is covered",
        detail: "Please clear the camera. Your card works too.",
      },
    },
    failures: {
      NAME_TAKEN: "That name is enrolled already. Please choose another one.",
      NAME_INVALID: "A name has 1 to 80 characters.",
      FACE_AMBIGUOUS: "One person at a time in front of the camera, please.",
      FACE_NOT_FOUND: "We could not see your face. Stand straight before the camera.",
      TIMEOUT: "It took too long. Come a little closer and try again.",
      STOPPED: "Enrolment was stopped. Nothing was kept.",
    },
    actions: {
      start: "Start the camera",
      retry: "Try again",
      enrol: "Enrol my face",
      cancel: "Stop",
      erase: "Erase",
      goOn: "Go on",
      putCard: "Put the trial card down (PIN 1234)",
      takeCard: "Take the trial card away",
      close: "Not now",
      begin: "Begin",
      soundOn: "Sound on",
      soundOff: "Sound off",
      language: "Change language",
    },
    form: {
      title: "Enrol your face",
      lead: "The camera looks four times. Only the features of your face are kept, encrypted, on this machine. No photograph is kept.",
      name: "Your name",
      consent:
        "I agree that the features of my face are kept on this machine. I can have them removed at any time.",
      needName: "Please enter a name.",
      needConsent: "Enrolling needs your agreement.",
    },
    link: "Waiting for the network (you can go on)",
  },
};

/** @typedef {keyof typeof languages} Language */

/** @returns {Language} What the browser prefers, of what there is. */
export function preferredLanguage() {
  const wanted = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase());
  const known = wanted.find((tag) => tag in languages);
  return /** @type {Language} */ (known ?? "en");
}

/**
 * @param {string} text
 * @param {Record<string, string | number>} values
 */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, key) => String(values[key] ?? whole));
}
