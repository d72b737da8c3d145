/** Vietnamese. @type {import("./shape.js").Words} */
export const vi = {
  self: "Tiếng Việt",
  tag: "vi",
  title: "Lối vào rảnh tay",
  states: {
    loading: { title: "Đang chuẩn bị", detail: "Xin chờ một chút." },
    start: {
      title: "Mời quý vị vào tay không",
      detail: "Hãy bật máy ảnh để được nhận diện. Hình ảnh không rời khỏi máy này.",
    },
    asking: {
      title: "Cho phép dùng máy ảnh?",
      detail: "Xin chọn “Cho phép” trong câu hỏi trên màn hình.",
    },
    refused: {
      title: "Máy ảnh chưa được phép",
      detail: "Hãy bấm biểu tượng máy ảnh ở thanh địa chỉ, chọn cho phép rồi thử lại.",
    },
    absent: {
      title: "Không tìm thấy máy ảnh",
      detail: "Hãy cắm máy ảnh rồi thử lại. Cũng có thể dùng thẻ.",
    },
    busy: {
      title: "Máy ảnh đang bận",
      detail: "Có lẽ chương trình khác đang dùng máy ảnh. Hãy đóng lại rồi thử lại.",
    },
    insecure: {
      title: "Địa chỉ này không dùng được máy ảnh",
      detail: "Hãy mở trang này ngay trên máy, hoặc qua kết nối an toàn.",
    },
    offline: { title: "Đang kết nối lại", detail: "Xin chờ một chút." },
    replaced: {
      title: "Đã chuyển sang màn hình khác",
      detail: "Màn hình khác đang dùng máy ảnh. Muốn dùng ở đây, hãy bắt đầu lại.",
    },
    idle: { title: "Mời vào", detail: "Xin đứng trước máy ảnh." },
    far: { title: "Xin lại gần hơn", detail: "Xin bước thêm một bước." },
    turned: { title: "Xin nhìn vào đây", detail: "Hãy quay mặt về phía máy ảnh." },
    light: { title: "Ánh sáng chưa đủ", detail: "Xin dịch sang bên một chút." },
    blurred: { title: "Xin đứng yên một chút", detail: "Cứ giữ nguyên như vậy." },
    looking: { title: "Đang kiểm tra", detail: "Cứ giữ nguyên như vậy." },
    admit: { title: "Chào mừng", detail: "Mời đi tiếp." },
    "admit-name": { title: "Chào mừng, {name}", detail: "Mời đi tiếp." },
    card: { title: "Xin đưa thẻ", detail: "Hãy đặt thẻ lên máy đọc." },
    "card-read": { title: "Đang đọc thẻ", detail: "Xin để yên thẻ." },
    "card-pin": {
      title: "Xin nhập mã số",
      detail: "Bốn chữ số để xác nhận người dùng. Còn {triesLeft} lần nhập.",
    },
    "card-wrong": {
      title: "Mã số chưa đúng",
      detail: "Xin nhập lại. Còn {triesLeft} lần nhập.",
    },
    "card-last": {
      title: "Chỉ còn một lần",
      detail: "Nếu sai nữa, thẻ sẽ bị khóa đến khi tòa thị chính mở lại. Tiếp tục không?",
    },
    "card-sign": { title: "Sắp xong rồi", detail: "Xin để yên thẻ." },
    password: {
      title: "Xin nhập mật khẩu ký tên",
      detail: "6 đến 16 chữ và số, đã chọn ở tòa thị chính. Còn {triesLeft} lần nhập.",
    },
    "password-wrong": {
      title: "Mật khẩu chưa đúng",
      detail: "Xin nhập lại. Còn {triesLeft} lần nhập.",
    },
    "password-last": {
      title: "Chỉ còn một lần",
      detail: "Nếu sai nữa, chức năng ký sẽ bị khóa đến khi tòa thị chính mở lại. Tiếp tục không?",
    },
    enrolling: { title: "Đang ghi nhận khuôn mặt", detail: "Xin nhìn vào máy ảnh." },
    enrolled: { title: "Đã xong", detail: "Từ nay chỉ cần đến tay không." },
    renewed: { title: "Đã đăng ký lại", detail: "Từ nay vẫn chỉ cần đến tay không." },
    "enrol-failed": {
      title: "Chưa đăng ký được",
      detail: "Xin thử lại. Không lưu lại gì.",
    },
    "consent-card": {
      title: "Hãy ký đồng ý bằng thẻ",
      detail: "Đặt thẻ lên máy đọc. Trước lúc đó, không có gì được lưu.",
    },
    declined: {
      title: "Không sao cả",
      detail: "Không có gì được lưu. Bạn dùng thẻ và nhận dịch vụ như vậy.",
    },
    "withdraw-card": {
      title: "Mời bạn đặt thẻ",
      detail: "Đặt thẻ mà bạn đã dùng khi đồng ý, để dừng nhận ra bằng khuôn mặt.",
    },
    withdrawn: {
      title: "Không dùng khuôn mặt của bạn nữa",
      detail: "Dữ liệu đã xóa khỏi máy này. Bạn dùng thẻ và nhận dịch vụ như trước.",
    },
    "withdraw-failed": {
      title: "Chưa dừng được",
      detail: "Hãy thử lại hoặc đến quầy.",
    },
    frozen: {
      title: "Máy ảnh đã dừng",
      detail: "Xin báo cho nhân viên. Cũng có thể dùng thẻ.",
    },
    dark: { title: "Tối quá, không nhìn thấy", detail: "Hãy bật đèn hoặc dùng thẻ." },
    covered: {
      title: "Máy ảnh bị che",
      detail: "Xin bỏ vật che máy ảnh. Cũng có thể dùng thẻ.",
    },
    "out-of-service": {
      title: "Đang tạm nghỉ",
      detail: "Nhân viên sẽ làm thủ tục như vậy cho quý vị. Cũng có thể dùng thẻ.",
    },
  },
  reasons: {
    "face-matched": { title: "Chào mừng", detail: "Mời đi tiếp." },
    "face-unknown": {
      title: "Lần này chưa được",
      detail: "Máy này chưa có đăng ký khuôn mặt của quý vị.",
    },
    "face-ambiguous": {
      title: "Chỉ khuôn mặt thì chưa đủ",
      detail: "Có người rất giống quý vị, xin dùng cách khác cho chắc chắn.",
    },
    "face-quality-low": {
      title: "Chưa nhìn rõ khuôn mặt",
      detail: "Xin lùi lại, rồi đứng thẳng trước máy ảnh ở chỗ sáng.",
    },
    "liveness-unproven": {
      title: "Lần này chưa được",
      detail: "Máy ảnh chưa chắc chắn rằng chính quý vị đang ở đây.",
    },
    "gallery-empty": {
      title: "Chưa có ai đăng ký",
      detail: "Hãy đăng ký khuôn mặt, lần sau chỉ cần đến tay không.",
    },
    "policy-needs-card": { title: "Cần có thẻ", detail: "Ở đây cần kiểm tra thẻ." },
    "card-proved": { title: "Chào mừng", detail: "Đã xác nhận bằng thẻ. Mời đi tiếp." },
    "card-refused": {
      title: "Thẻ không được chấp nhận",
      detail: "Xin xem thẻ còn hiệu lực hay không.",
    },
    "card-unknown": {
      title: "Thẻ này chưa đăng ký",
      detail: "Thẻ đọc được, nhưng ở đây chưa biết là của ai.",
    },
    "card-not-given": {
      title: "Việc kiểm tra thẻ chưa xong",
      detail: "Hãy đứng trước máy ảnh hoặc đặt thẻ để bắt đầu lại.",
    },
    "card-unprovable": {
      title: "Hiện chưa kiểm tra được thẻ",
      detail: "Xin thử lại sau ít phút.",
    },
    "face-needed": {
      title: "Cần xem cả khuôn mặt",
      detail: "Xin đứng trước máy ảnh trước, rồi đặt thẻ.",
    },
    "face-and-card-proved": {
      title: "Chào mừng",
      detail: "Đã xác nhận bằng khuôn mặt và thẻ. Mời đi tiếp.",
    },
    "phone-proved": { title: "Chào mừng", detail: "Đã xác nhận bằng điện thoại. Mời đi tiếp." },
    "phone-not-available": {
      title: "Không dùng được điện thoại",
      detail: "Máy này không kiểm tra được điện thoại.",
    },
    "phone-not-given": { title: "Việc kiểm tra điện thoại chưa xong", detail: "Xin thử lại." },
    "phone-refused": {
      title: "Điện thoại không được chấp nhận",
      detail: "Xin làm theo màn hình điện thoại rồi thử lại.",
    },
    "face-and-phone-proved": {
      title: "Chào mừng",
      detail: "Đã xác nhận bằng khuôn mặt và điện thoại. Mời đi tiếp.",
    },
    "ticket-matched": { title: "Chào mừng", detail: "Vé hợp lệ. Mời đi tiếp." },
    "ticket-none": { title: "Không tìm thấy vé", detail: "Xin xem lại ngày và địa điểm." },
    "ticket-used": {
      title: "Vé này đã dùng rồi",
      detail: "Nếu quý vị vào lại, xin báo cho nhân viên.",
    },
    "factors-disagree": {
      title: "Lần này chưa được",
      detail: "Chưa chắc khuôn mặt và thẻ hoặc điện thoại là của cùng một người.",
    },
    "not-recordable": {
      title: "Hiện chưa tiếp nhận được",
      detail: "Lúc này không ghi lại được. Nhân viên sẽ xử lý ngay.",
    },
    "booking-none": { title: "Không tìm thấy đặt chỗ", detail: "Xin xem lại ngày và giờ." },
    "proxy-admitted": {
      title: "Xin mời",
      detail: "Bạn đi thay người đã đặt chỗ. Xin mời lên xe.",
    },
    "proxy-not-now": {
      title: "Lúc này bạn chưa được đi thay",
      detail: "Người đặt chỗ đã cho phép vào lúc khác. Xin hỏi người đó hoặc nhân viên.",
    },
    "list-over": {
      title: "Danh sách đã hết hạn",
      detail: "Máy này hiện chưa kiểm tra được. Nhân viên sẽ tra giúp.",
    },
    "service-over": { title: "Dịch vụ này đã kết thúc", detail: "Ở đây không còn tiếp nhận nữa." },
  },
  offers: {
    card: "Thẻ My Number cũng dùng được như vậy. Hãy đặt thẻ lên máy đọc.",
    staff: "Nhân viên sẽ làm thủ tục như vậy cho quý vị. Mời đến quầy.",
  },
  hints: {
    nobody: { title: "Xin đứng trước máy ảnh", detail: "Để khuôn mặt hiện trên màn hình." },
    "one-person": { title: "Xin từng người một", detail: "Hãy đứng một mình trước máy ảnh." },
    closer: { title: "Gần hơn một chút", detail: "Xin bước thêm một bước." },
    "look-here": { title: "Xin nhìn vào đây", detail: "Hãy nhìn thẳng vào máy ảnh." },
    "turn-left": { title: "Xin quay nhẹ sang trái", detail: "Nếu khó, cứ giữ nguyên cũng được." },
    "turn-right": { title: "Xin quay nhẹ sang phải", detail: "Nếu khó, cứ giữ nguyên cũng được." },
    "hold-still": { title: "Cứ như vậy", detail: "Xin đứng yên một chút." },
    "more-light": { title: "Xin quay về phía sáng", detail: "Khuôn mặt đang quá tối." },
    "less-light": { title: "Xin tránh ánh sáng mạnh", detail: "Hãy dịch sang bên một chút." },
    uncover: {
      title: "Xin để lộ khuôn mặt",
      detail: "Nếu được, xin tháo khẩu trang hoặc kính râm.",
    },
  },
  failures: {
    NAME_TAKEN: "Tên này người khác đã đăng ký. Xin chọn tên khác.",
    NAME_INVALID: "Tên cần có từ 1 đến 80 chữ.",
    FACE_AMBIGUOUS: "Xin từng người một đứng trước máy ảnh.",
    FACE_NOT_FOUND: "Không thấy khuôn mặt. Hãy đứng thẳng trước máy ảnh.",
    TIMEOUT: "Đã hết thời gian. Xin lại gần hơn và thử lại.",
    STOPPED: "Bạn đã dừng. Không có gì thay đổi.",
    CONSENT_REFUSED: "Thẻ chưa ký. Không có gì thay đổi; xin thử lại.",
    CARD_READER_MISSING: "Ở đây không có máy đọc thẻ. Mời bạn đến quầy.",
    PERSON_NOT_FOUND: "Máy này không có sự đồng ý nào của thẻ này.",
    ENROLMENT_CLOSED: "Mời bạn đến quầy để đăng ký, nếu muốn.",
    CONSENT_SIGNATURE_NEEDED:
      "Ở đây thẻ phải ký bằng mật khẩu ký tên. Không có gì thay đổi; xin đến quầy.",
  },
  actions: {
    start: "Bật máy ảnh",
    retry: "Thử lại",
    enrol: "Đăng ký khuôn mặt",
    cancel: "Dừng",
    erase: "Xóa",
    goOn: "Tiếp tục",
    putCard: "Đặt thẻ dùng thử (mã số 1234)",
    takeCard: "Lấy thẻ dùng thử ra",
    close: "Để sau",
    withdraw: "Dừng dùng khuôn mặt của tôi",
    agree: "Tôi đồng ý",
    decline: "Tôi không đồng ý",
    begin: "Bắt đầu",
    soundOn: "Có tiếng",
    soundOff: "Tắt tiếng",
    louder: "To hơn",
    quieter: "Nhỏ hơn",
    contrast: "Tương phản cao",
    reach: "Nút ở thấp",
    languages: "Chọn ngôn ngữ",
    tools: "Hình và tiếng",
    keypad: "Phím mã số",
    sign: "Ký tên",
    without: "Tiếp tục không cần",
    passwordKeys: "Phím mật khẩu",
  },
  form: {
    title: "Đăng ký khuôn mặt",
    lead: "Máy ảnh sẽ nhìn bốn lần. Chỉ đặc điểm khuôn mặt được lưu, đã mã hóa, trong máy này. Không giữ ảnh.",
    name: "Tên của quý vị",
    consent:
      "Tôi đồng ý lưu đặc điểm khuôn mặt trong máy này. Tôi có thể yêu cầu xóa bất cứ lúc nào.",
    needName: "Xin nhập tên.",
    needConsent: "Cần có sự đồng ý để đăng ký.",
  },
  consent: {
    title: "Mời bạn đọc",
    lead: "Bạn chọn gì cũng nhận được dịch vụ như nhau.",
    step: "{at} trên {of}",
    nameLead: "Máy ảnh nhìn bốn lần. Sau đó bạn ký đồng ý bằng thẻ.",
    endTitle: "Dừng dùng khuôn mặt của tôi",
    endLead: "Đặt thẻ và nhập mã số: từ lúc đó khuôn mặt của bạn không được so nữa.",
    needService: "Hãy chọn ít nhất một mục để dừng.",
  },
  progress: "Đã chụp {taken} trong {wanted} lần",
  link: "Đang chờ mạng (vẫn dùng được)",
};
