/** Japanese. @type {import("./shape.js").Words} */
export const ja = {
  self: "日本語",
  tag: "ja",
  title: "手ぶらの入口",
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
      title: "この入口ではカメラを使えません",
      detail: "この機械の画面で開くか、安全な接続でつないでください。",
    },
    offline: { title: "つなぎ直しています", detail: "少しお待ちください。" },
    replaced: {
      title: "別の画面に移りました",
      detail: "別の画面でカメラを使っています。ここで使うには、もう一度始めてください。",
    },
    idle: { title: "こちらへどうぞ", detail: "カメラの前にお立ちください。" },
    far: { title: "もう少し近くへ", detail: "あと一歩、前にお進みください。" },
    turned: { title: "こちらを見てください", detail: "カメラのほうへ、お顔を向けてください。" },
    light: { title: "お顔が見えにくい明るさです", detail: "少し横に動いてみてください。" },
    blurred: { title: "少しだけ止まってください", detail: "そのまま、動かずにお待ちください。" },
    looking: { title: "確かめています", detail: "そのままで、どうぞ。" },
    admit: { title: "ようこそ", detail: "どうぞお進みください。" },
    "admit-name": { title: "ようこそ、{name}さん", detail: "どうぞお進みください。" },
    card: { title: "カードをお願いします", detail: "カードを読み取り機に置いてください。" },
    "card-read": { title: "カードを確かめています", detail: "カードを動かさずにお待ちください。" },
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
    password: {
      title: "署名用パスワードを入力してください",
      detail: "役所で決めた英数字6〜16文字です。あと{triesLeft}回入力できます。",
    },
    "password-wrong": {
      title: "パスワードがちがいます",
      detail: "もう一度入力してください。あと{triesLeft}回入力できます。",
    },
    "password-last": {
      title: "あと1回で使えなくなります",
      detail: "次にまちがえると、役所の窓口で直すまで署名ができません。続けますか。",
    },
    enrolling: { title: "お顔を登録しています", detail: "カメラを見てください。" },
    enrolled: { title: "登録できました", detail: "次からは、手ぶらでどうぞ。" },
    renewed: { title: "登録し直しました", detail: "これからも、手ぶらでどうぞ。" },
    "enrol-failed": {
      title: "登録できませんでした",
      detail: "もう一度お試しください。何も保存していません。",
    },
    "consent-card": {
      title: "同意の署名をします",
      detail: "カードを読み取り機に置いてください。置くまでは、何も保存しません。",
    },
    declined: {
      title: "わかりました",
      detail: "何も保存していません。カードで同じようにご利用いただけます。",
    },
    "withdraw-card": {
      title: "カードをお願いします",
      detail: "同意したときのカードを置いてください。置くと、顔での確認を終わります。",
    },
    withdrawn: {
      title: "顔での確認をやめました",
      detail: "お顔の特徴は消えました。これからもカードで同じようにご利用いただけます。",
    },
    "withdraw-failed": {
      title: "手続きが終わりませんでした",
      detail: "もう一度お試しになるか、窓口へお越しください。",
    },
    frozen: {
      title: "カメラが止まっています",
      detail: "係の者に声をおかけください。カードも使えます。",
    },
    dark: { title: "暗くて見えません", detail: "明るくするか、カードをお使いください。" },
    covered: {
      title: "カメラがふさがれています",
      detail: "カメラの前をあけてください。カードも使えます。",
    },
    "out-of-service": {
      title: "ただいまお休みしています",
      detail: "係の者が同じように手続きをいたします。カードも使えます。",
    },
  },
  reasons: {
    "face-matched": { title: "ようこそ", detail: "どうぞお進みください。" },
    "face-unknown": {
      title: "お顔では確かめられませんでした",
      detail: "この機械には、お顔の登録が見つかりませんでした。",
    },
    "face-ambiguous": {
      title: "お顔だけでは決められませんでした",
      detail: "よく似た方がいるため、念のためほかの方法でお願いします。",
    },
    "face-quality-low": {
      title: "お顔がよく見えませんでした",
      detail: "一度離れて、明るいところでカメラの正面にお立ちください。",
    },
    "liveness-unproven": {
      title: "お顔では確かめられませんでした",
      detail: "目の前にご本人がいることを、カメラでは確かめきれませんでした。",
    },
    "gallery-empty": {
      title: "まだ、どなたも登録されていません",
      detail: "お顔を登録すると、次から手ぶらで通れます。",
    },
    "policy-needs-card": {
      title: "カードが必要です",
      detail: "この手続きではカードを確かめます。",
    },
    "card-proved": { title: "ようこそ", detail: "カードで確かめました。どうぞお進みください。" },
    "card-refused": {
      title: "カードを確かめられませんでした",
      detail: "有効なカードか、もう一度お確かめください。",
    },
    "card-unknown": {
      title: "このカードは登録されていません",
      detail: "カードは正しく読めましたが、ここでの登録が見つかりませんでした。",
    },
    "card-not-given": {
      title: "カードの確認が終わりませんでした",
      detail: "カメラの前に立つか、カードを置くと、もう一度始められます。",
    },
    "card-unprovable": {
      title: "いまはカードを確かめられません",
      detail: "少し待ってから、もう一度お試しください。",
    },
    "face-needed": {
      title: "お顔も確かめます",
      detail: "カメラの前に立ってから、カードを置いてください。",
    },
    "face-and-card-proved": {
      title: "ようこそ",
      detail: "お顔とカードで確かめました。どうぞお進みください。",
    },
    "phone-proved": {
      title: "ようこそ",
      detail: "スマートフォンで確かめました。どうぞお進みください。",
    },
    "phone-not-available": {
      title: "スマートフォンを使えません",
      detail: "ここではスマートフォンで確かめられません。",
    },
    "phone-not-given": {
      title: "スマートフォンの確認が終わりませんでした",
      detail: "もう一度お試しください。",
    },
    "phone-refused": {
      title: "スマートフォンでは確かめられませんでした",
      detail: "画面の案内を見て、もう一度お試しください。",
    },
    "face-and-phone-proved": {
      title: "ようこそ",
      detail: "お顔とスマートフォンで確かめました。どうぞお進みください。",
    },
    "ticket-matched": {
      title: "ようこそ",
      detail: "チケットを確かめました。どうぞお進みください。",
    },
    "ticket-none": {
      title: "チケットが見つかりませんでした",
      detail: "日にちと会場をお確かめください。",
    },
    "ticket-used": {
      title: "このチケットは使われています",
      detail: "再入場の方は、係の者に声をおかけください。",
    },
    "factors-disagree": {
      title: "お一人だと確かめられませんでした",
      detail: "お顔と、カードなどが、同じ方のものと確かめられませんでした。",
    },
    "not-recordable": {
      title: "ただいま受け付けられません",
      detail: "記録ができない状態です。係の者がすぐに対応します。",
    },
    "booking-none": {
      title: "ご予約が見つかりませんでした",
      detail: "便と日にちをお確かめください。",
    },
    "proxy-admitted": {
      title: "どうぞ",
      detail: "予約した方の代理として確認しました。お乗りください。",
    },
    "proxy-not-now": {
      title: "いまは代理の期間ではありません",
      detail: "予約した方が決めた期間の外です。ご本人か係員におたずねください。",
    },
    "list-over": {
      title: "名簿の期限が切れています",
      detail: "いまはこの機械で確かめられません。係の者が確かめます。",
    },
    "service-over": { title: "この受付は終わりました", detail: "こちらでの受付は終了しています。" },
  },
  offers: {
    card: "マイナンバーカードでもご利用いただけます。カードを置いてください。",
    staff: "係員が同じように手続きをいたします。窓口へどうぞ。",
  },
  hints: {
    nobody: { title: "カメラの前へどうぞ", detail: "お顔が画面に入るようにお立ちください。" },
    "one-person": {
      title: "お一人ずつお願いします",
      detail: "カメラの前に、お一人でお立ちください。",
    },
    closer: { title: "もう少し近くへ", detail: "あと一歩、前にお進みください。" },
    "look-here": { title: "こちらを見てください", detail: "カメラをまっすぐ見てください。" },
    "turn-left": {
      title: "少し左を向いてください",
      detail: "むずかしいときは、そのままで大丈夫です。",
    },
    "turn-right": {
      title: "少し右を向いてください",
      detail: "むずかしいときは、そのままで大丈夫です。",
    },
    "hold-still": { title: "そのままで", detail: "動かずにお待ちください。" },
    "more-light": {
      title: "明るいほうへ",
      detail: "お顔が暗く写っています。明るいほうを向いてください。",
    },
    "less-light": {
      title: "光をさけてください",
      detail: "お顔が明るすぎます。少し横に動いてください。",
    },
    uncover: {
      title: "お顔を見せてください",
      detail: "できれば、マスクやサングラスを外してください。",
    },
  },
  failures: {
    NAME_TAKEN: "そのお名前は別の方が登録しています。別のお名前でお試しください。",
    NAME_INVALID: "お名前は1文字から80文字で入力してください。",
    FACE_AMBIGUOUS: "お一人ずつ、カメラの前にお立ちください。",
    FACE_NOT_FOUND: "お顔が見つかりませんでした。カメラの正面にお立ちください。",
    TIMEOUT: "時間内に撮れませんでした。もう少し近くで、もう一度どうぞ。",
    STOPPED: "やめました。何も変えていません。",
    CONSENT_REFUSED:
      "カードの署名が終わりませんでした。何も変えていません。もう一度お試しください。",
    CARD_READER_MISSING: "カードの読み取り機がありません。窓口へお越しください。",
    PERSON_NOT_FOUND: "このカードの同意は、この機械にはありません。",
    ENROLMENT_CLOSED: "登録は窓口で承ります。",
    CONSENT_SIGNATURE_NEEDED:
      "ここでは、署名用パスワードによる署名が必要です。何も変わっていません。窓口へどうぞ。",
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
    withdraw: "顔での確認をやめる",
    agree: "同意します",
    decline: "同意しません",
    begin: "登録を始める",
    soundOn: "音声 入",
    soundOff: "音声 切",
    louder: "音を大きく",
    quieter: "音を小さく",
    contrast: "くっきり表示",
    reach: "低い位置で操作",
    languages: "ことばをえらぶ",
    tools: "見え方と音",
    keypad: "暗証番号のキー",
    sign: "署名する",
    without: "これを使わずに続ける",
    passwordKeys: "パスワード用のキー",
  },
  form: {
    title: "お顔の登録",
    lead: "カメラで4回見て、お顔の特徴だけをこの機械の中に暗号化して保存します。写真は残しません。",
    name: "お名前",
    consent: "お顔の特徴をこの機械に保存することに同意します。いつでも消せます。",
    needName: "お名前を入力してください。",
    needConsent: "登録には同意が必要です。",
  },
  consent: {
    title: "お読みください",
    lead: "どちらを選んでも、同じサービスを受けられます。",
    step: "{of}件のうち{at}件め",
    nameLead: "カメラで4回見ます。そのあと、カードで同意に署名していただきます。",
    endTitle: "顔での確認をやめる",
    endLead: "カードを置いて暗証番号を入力すると、その時からお顔では確認しません。",
    needService: "やめるものを一つは選んでください。",
  },
  slip: "受付番号は{slip}です。この番号でお呼びします。",
  progress: "{wanted}回のうち{taken}回撮れました",
  link: "ネットワーク待ち（このまま使えます）",
};
