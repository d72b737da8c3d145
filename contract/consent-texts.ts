import type { Service } from "./services.ts";

/**
 * The words of consents as data. A version that was ever signed under is never changed: other words are a
 * new version, and a language more is one, too.
 */

/**
 * The languages in which a consent is read: Japanese, easy Japanese (やさしい日本語), English, Simplified
 * Chinese, Portuguese and Vietnamese.
 */
export const consentLanguages = ["ja", "ja-easy", "en", "zh", "pt", "vi"] as const;
export type ConsentLanguage = (typeof consentLanguages)[number];

/** Who may see what follows from a recognition. */
export const viewerNames = ["person", "guardian", "service-staff", "operator", "auditor"] as const;
export type Viewer = (typeof viewerNames)[number];

type InEach<Key extends string> = Readonly<
  Record<Key, readonly [string, string, string, string, string, string]>
>;

/** Each in the order of `consentLanguages`. */
export const serviceWords: InEach<Service> = {
  "bus.boarding": [
    "バスの乗り降り",
    "バスに のる・おりる",
    "boarding and leaving a bus",
    "乘坐公交车",
    "entrar e sair do ônibus",
    "lên và xuống xe buýt",
  ],
  "school.attendance": [
    "学校の出席の確認",
    "がっこうに きたかの かくにん",
    "school attendance",
    "学校出勤确认",
    "presença na escola",
    "điểm danh ở trường",
  ],
  "school.route-watch": [
    "通学路の見守り",
    "がっこうの みちの みまもり",
    "watching the way to school",
    "上学路上的守护",
    "acompanhamento no caminho da escola",
    "theo dõi đường đến trường",
  ],
  "shelter.check-in": [
    "避難所の受付",
    "ひなんじょの うけつけ",
    "checking in at a shelter",
    "避难所登记",
    "registro no abrigo",
    "làm thủ tục ở nơi lánh nạn",
  ],
  "taxi.subsidised-ride": [
    "タクシー運賃の補助",
    "タクシーの おかねの ほじょ",
    "subsidised taxi rides",
    "出租车费补助",
    "corridas de táxi com subsídio",
    "đi taxi được hỗ trợ tiền",
  ],
  "medical.reception": [
    "病院などの受付",
    "びょういんの うけつけ",
    "reception at a clinic",
    "医院等的挂号",
    "recepção em clínicas",
    "tiếp nhận ở bệnh viện",
  ],
  "event.entry": [
    "催しへの入場",
    "イベントの にゅうじょう",
    "entry to an event",
    "活动入场",
    "entrada em eventos",
    "vào cổng sự kiện",
  ],
  payment: [
    "支払いの承認",
    "おかねを はらうときの かくにん",
    "authorising a payment",
    "支付确认",
    "autorização de pagamento",
    "xác nhận thanh toán",
  ],
  counter: [
    "窓口の手続き",
    "まどぐちの てつづき",
    "procedures at a counter",
    "窗口手续",
    "atendimento no balcão",
    "thủ tục tại quầy",
  ],
  "shelter.identity-check": [
    "避難所での本人確認",
    "ひなんじょでの ほんにん かくにん",
    "an identity check at a shelter",
    "避难所身份确认",
    "verificação de identidade no abrigo",
    "xác nhận danh tính ở nơi lánh nạn",
  ],
  "member.card": [
    "会員証・社員証",
    "かいいんしょう・しゃいんしょう",
    "a member or employee card",
    "会员证或员工证",
    "cartão de membro ou de funcionário",
    "thẻ hội viên hoặc nhân viên",
  ],
  "site.login": [
    "ウェブサイトへのログイン",
    "ウェブサイトに はいるとき",
    "signing in to a web site",
    "登录网站",
    "acesso a um site",
    "đăng nhập trang web",
  ],
  "company.identity-check": [
    "事業者の本人確認",
    "かいしゃの ほんにん かくにん",
    "a company's identity check",
    "企业的身份确认",
    "verificação de identidade por empresa",
    "xác nhận danh tính của công ty",
  ],
};

export const viewerWords: InEach<Viewer> = {
  person: ["あなた", "あなた", "you", "您本人", "você", "bạn"],
  guardian: [
    "保護者",
    "ほごしゃ",
    "your guardian",
    "监护人",
    "seu responsável",
    "người giám hộ của bạn",
  ],
  "service-staff": [
    "このサービスの職員",
    "この サービスの ひと",
    "the staff of this service",
    "此服务的工作人员",
    "os funcionários deste serviço",
    "nhân viên của dịch vụ này",
  ],
  operator: [
    "システムの運用者",
    "きかいを まもる ひと",
    "the operator of the system",
    "系统运营人员",
    "quem opera o sistema",
    "người vận hành hệ thống",
  ],
  auditor: [
    "監査人",
    "きろくを しらべる ひと",
    "an auditor",
    "审计人员",
    "um auditor",
    "kiểm toán viên",
  ],
};

/** The text of a consent, with `{service}`, `{until}`, `{days}` and `{viewers}` to be filled in. */
export const consentTexts: Readonly<Record<ConsentLanguage, string>> = {
  ja:
    "顔による確認についての同意\n" +
    "使う目的: {service}。それ以外には使いません。\n" +
    "保存するもの: 顔の特徴を表す数値。写真は保存しません。数値は、このサービスの機器の中にだけ、暗号化して保存します。\n" +
    "保存する期間: {until}まで。利用の記録は{days}日間。\n" +
    "記録を見られる人: {viewers}。\n" +
    "同意はいつでも、機器、窓口、ウェブページで取り消せます。取り消すと、その時から顔では確認しません。" +
    "すべての機器から消えたことを証明書でお知らせします。\n" +
    "同意しなくても、カードなど別の方法で同じサービスを受けられます。",
  "ja-easy":
    "かおで かくにんする ことの どうい\n" +
    "なにに つかいますか: {service}。ほかの ことには つかいません。\n" +
    "なにを のこしますか: かおの とくちょうの すうじ。しゃしんは のこしません。すうじは、この サービスの きかいの なかだけに あります。\n" +
    "いつまで のこしますか: {until}まで。つかった きろくは {days}にち。\n" +
    "だれが きろくを みますか: {viewers}。\n" +
    "いつでも やめられます。きかい、まどぐち、ウェブページで やめられます。やめたら、すぐに かおを つかいません。" +
    "ぜんぶの きかいから きえたら、しょうめいしょを わたします。\n" +
    "どうい しなくても、カードで おなじ サービスが つかえます。",
  en:
    "Consent to being recognised by face\n" +
    "Used for: {service}, and for nothing else.\n" +
    "What is kept: numbers that describe your face, no photograph. They are kept sealed, inside this service's boxes only.\n" +
    "How long: until {until}. Records of use for {days} days.\n" +
    "Who may see the records: {viewers}.\n" +
    "You can end this at any time, at a box, at a counter or on a web page. From that moment your face is not matched. " +
    "When it is gone from every box you get a certificate.\n" +
    "Without this consent you get the same service another way, for example with your card.",
  zh:
    "关于用人脸进行确认的同意书\n" +
    "使用目的: {service}。不用于其他目的。\n" +
    "保存内容: 表示面部特征的数值，不保存照片。数值经加密，只保存在此服务的机器内。\n" +
    "保存期限: 到{until}为止。使用记录保存{days}天。\n" +
    "可以查看记录的人: {viewers}。\n" +
    "您随时可以在机器、窗口或网页上撤回同意。撤回后立即不再用人脸确认。" +
    "从所有机器中删除后，您会得到证明书。\n" +
    "即使不同意，也可以用卡片等其他方式获得同样的服务。",
  pt:
    "Consentimento para ser reconhecido pelo rosto\n" +
    "Uso: {service}, e nada mais.\n" +
    "O que é guardado: números que descrevem seu rosto, nenhuma foto. Eles ficam cifrados, somente dentro das máquinas deste serviço.\n" +
    "Por quanto tempo: até {until}. Registros de uso por {days} dias.\n" +
    "Quem pode ver os registros: {viewers}.\n" +
    "Você pode encerrar quando quiser, em uma máquina, no balcão ou em uma página da web. A partir desse momento seu rosto não é mais comparado. " +
    "Quando ele tiver saído de todas as máquinas, você recebe um certificado.\n" +
    "Sem este consentimento você recebe o mesmo serviço de outro modo, por exemplo com seu cartão.",
  vi:
    "Đồng ý được nhận ra bằng khuôn mặt\n" +
    "Dùng cho: {service}, không dùng cho việc khác.\n" +
    "Những gì được lưu: các con số mô tả khuôn mặt, không lưu ảnh. Các con số được mã hóa và chỉ nằm trong máy của dịch vụ này.\n" +
    "Thời gian: đến {until}. Hồ sơ sử dụng giữ {days} ngày.\n" +
    "Ai được xem hồ sơ: {viewers}.\n" +
    "Bạn có thể dừng bất cứ lúc nào, tại máy, tại quầy hoặc trên trang web. Từ lúc đó khuôn mặt của bạn không được so nữa. " +
    "Khi dữ liệu đã xóa khỏi mọi máy, bạn nhận giấy chứng nhận.\n" +
    "Không đồng ý, bạn vẫn nhận dịch vụ như vậy bằng cách khác, ví dụ bằng thẻ.",
};

/** Which languages each version was written in; what is signed covers all of them. */
export const consentVersions: Readonly<Record<string, readonly ConsentLanguage[]>> = {
  "2026-11": ["ja", "ja-easy", "en"],
  "2026-12": consentLanguages,
};
