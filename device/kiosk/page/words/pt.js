/** Portuguese, as it is spoken in Brazil. @type {import("./shape.js").Words} */
export const pt = {
  self: "Português",
  tag: "pt-BR",
  title: "Entrada de mãos livres",
  states: {
    loading: { title: "Preparando", detail: "Um momento, por favor." },
    start: {
      title: "Venha de mãos livres",
      detail: "Ligue a câmera para que possamos reconhecer você. A imagem nunca sai desta máquina.",
    },
    asking: { title: "Podemos usar a câmera?", detail: "Escolha “Permitir” na pergunta da tela." },
    refused: {
      title: "A câmera não foi permitida",
      detail: "Toque no símbolo da câmera na barra de endereço, permita e tente de novo.",
    },
    absent: {
      title: "Nenhuma câmera encontrada",
      detail: "Conecte uma câmera e tente de novo. Seu cartão também serve.",
    },
    busy: {
      title: "A câmera está em uso",
      detail: "Outro programa parece estar usando a câmera. Feche-o e tente de novo.",
    },
    insecure: {
      title: "Sem câmera neste endereço",
      detail: "Abra esta página na própria máquina ou por uma conexão segura.",
    },
    offline: { title: "Reconectando", detail: "Um momento, por favor." },
    replaced: {
      title: "Passou para outra tela",
      detail: "Outra tela está usando a câmera. Comece de novo para usar aqui.",
    },
    idle: { title: "Entre, por favor", detail: "Fique em frente à câmera." },
    far: { title: "Chegue um pouco mais perto", detail: "Mais um passo à frente, por favor." },
    turned: { title: "Olhe para cá", detail: "Vire o rosto para a câmera." },
    light: { title: "A luz não está boa", detail: "Vá um pouco para o lado, por favor." },
    blurred: { title: "Não se mexa um instante", detail: "Assim mesmo, por favor." },
    looking: { title: "Um momento", detail: "Assim mesmo, por favor." },
    admit: { title: "Boas-vindas", detail: "Pode passar." },
    "admit-name": { title: "Boas-vindas, {name}", detail: "Pode passar." },
    card: { title: "Seu cartão, por favor", detail: "Coloque o cartão no leitor." },
    "card-read": { title: "Lendo o cartão", detail: "Deixe o cartão onde está." },
    "card-pin": {
      title: "Digite sua senha",
      detail: "Os quatro números da autenticação. Tentativas restantes: {triesLeft}.",
    },
    "card-wrong": {
      title: "A senha não confere",
      detail: "Digite de novo. Tentativas restantes: {triesLeft}.",
    },
    "card-last": {
      title: "Resta uma tentativa",
      detail: "Se errar agora, o cartão fica bloqueado até a prefeitura liberar. Continuar?",
    },
    "card-sign": { title: "Quase pronto", detail: "Deixe o cartão onde está." },
    password: {
      title: "Digite a senha de assinatura",
      detail:
        "De 6 a 16 letras e números, escolhidos na prefeitura. Tentativas restantes: {triesLeft}.",
    },
    "password-wrong": {
      title: "A senha não confere",
      detail: "Digite de novo. Tentativas restantes: {triesLeft}.",
    },
    "password-last": {
      title: "Resta uma tentativa",
      detail: "Se errar agora, a assinatura fica bloqueada até a prefeitura liberar. Continuar?",
    },
    enrolling: { title: "Conhecendo você", detail: "Olhe para a câmera." },
    enrolled: { title: "Tudo pronto", detail: "De agora em diante, venha de mãos livres." },
    renewed: { title: "Cadastro renovado", detail: "Continue vindo de mãos livres." },
    "enrol-failed": {
      title: "Não deu certo",
      detail: "Tente de novo, por favor. Nada foi guardado.",
    },
    "consent-card": {
      title: "Assine seu consentimento",
      detail: "Coloque o cartão no leitor. Até lá, nada é guardado.",
    },
    declined: {
      title: "Tudo bem",
      detail: "Nada foi guardado. Com o cartão você recebe o mesmo serviço.",
    },
    "withdraw-card": {
      title: "Seu cartão, por favor",
      detail: "Coloque o cartão com que você consentiu, para encerrar o reconhecimento pelo rosto.",
    },
    withdrawn: {
      title: "Seu rosto não é mais usado",
      detail: "Ele foi apagado desta máquina. Com o cartão você recebe o mesmo serviço de antes.",
    },
    "withdraw-failed": {
      title: "Ainda não foi encerrado",
      detail: "Tente de novo ou venha ao balcão.",
    },
    frozen: {
      title: "A câmera parou",
      detail: "Avise um funcionário. Seu cartão também serve.",
    },
    dark: { title: "Está escuro demais", detail: "Acenda uma luz ou use seu cartão." },
    covered: {
      title: "A câmera está coberta",
      detail: "Deixe a câmera livre, por favor. Seu cartão também serve.",
    },
    "out-of-service": {
      title: "Em pausa no momento",
      detail: "Nossa equipe atende você da mesma forma. Seu cartão também serve.",
    },
  },
  reasons: {
    "face-matched": { title: "Boas-vindas", detail: "Pode passar." },
    "face-unknown": {
      title: "Desta vez não deu",
      detail: "Não encontramos o cadastro do seu rosto nesta máquina.",
    },
    "face-ambiguous": {
      title: "Só o rosto não basta",
      detail: "Há alguém muito parecido com você; use outro meio, para termos certeza.",
    },
    "face-quality-low": {
      title: "Não vimos bem o seu rosto",
      detail: "Afaste-se e depois fique de frente para a câmera, com boa luz.",
    },
    "liveness-unproven": {
      title: "Desta vez não deu",
      detail: "A câmera não teve certeza de que você está aqui em pessoa.",
    },
    "gallery-empty": {
      title: "Ninguém foi cadastrado ainda",
      detail: "Cadastre seu rosto e, da próxima vez, venha de mãos livres.",
    },
    "policy-needs-card": { title: "É preciso o cartão", detail: "Aqui conferimos o seu cartão." },
    "card-proved": { title: "Boas-vindas", detail: "O cartão confirmou. Pode passar." },
    "card-refused": {
      title: "O cartão não foi aceito",
      detail: "Veja se ele ainda está válido, por favor.",
    },
    "card-unknown": {
      title: "Este cartão não está cadastrado",
      detail: "A leitura funcionou, mas ainda não sabemos de quem ele é.",
    },
    "card-not-given": {
      title: "Não terminamos com o cartão",
      detail: "Fique em frente à câmera ou coloque o cartão para recomeçar.",
    },
    "card-unprovable": {
      title: "Agora não dá para conferir cartões",
      detail: "Tente de novo daqui a pouco.",
    },
    "face-needed": {
      title: "Precisamos ver também o rosto",
      detail: "Primeiro fique em frente à câmera, depois coloque o cartão.",
    },
    "face-and-card-proved": {
      title: "Boas-vindas",
      detail: "O rosto e o cartão confirmaram. Pode passar.",
    },
    "phone-proved": { title: "Boas-vindas", detail: "O celular confirmou. Pode passar." },
    "phone-not-available": {
      title: "Aqui não se usa celular",
      detail: "Esta máquina não confere celulares.",
    },
    "phone-not-given": { title: "Não terminamos com o celular", detail: "Tente de novo." },
    "phone-refused": {
      title: "O celular não foi aceito",
      detail: "Siga o que a tela dele diz e tente de novo.",
    },
    "face-and-phone-proved": {
      title: "Boas-vindas",
      detail: "O rosto e o celular confirmaram. Pode passar.",
    },
    "ticket-matched": { title: "Boas-vindas", detail: "Seu ingresso está certo. Pode passar." },
    "ticket-none": {
      title: "Ingresso não encontrado",
      detail: "Confira o dia e o lugar, por favor.",
    },
    "ticket-used": {
      title: "Este ingresso já foi usado",
      detail: "Se está voltando, fale com um funcionário.",
    },
    "factors-disagree": {
      title: "Desta vez não deu",
      detail: "Não temos certeza de que o rosto e o cartão ou celular são da mesma pessoa.",
    },
    "not-recordable": {
      title: "No momento não dá para atender",
      detail: "Nada pode ser registrado agora. Nossa equipe já vai resolver.",
    },
    "booking-none": {
      title: "Reserva não encontrada",
      detail: "Confira o dia e o horário, por favor.",
    },
    "proxy-admitted": {
      title: "Boas-vindas",
      detail: "Você vem no lugar de quem reservou. Pode entrar.",
    },
    "proxy-not-now": {
      title: "Agora você não pode representar",
      detail: "Quem reservou autorizou outro horário. Pergunte à pessoa ou à nossa equipe.",
    },
    "list-over": {
      title: "A lista está vencida",
      detail: "Esta máquina não consegue conferir agora. Nossa equipe vai verificar.",
    },
    "service-over": { title: "Este serviço terminou", detail: "Ele não é mais oferecido aqui." },
  },
  offers: {
    card: "Seu cartão My Number serve do mesmo jeito. Coloque-o no leitor.",
    staff: "Nossa equipe atende você da mesma forma. Venha ao balcão.",
  },
  hints: {
    nobody: { title: "Fique em frente à câmera", detail: "Para que seu rosto apareça na tela." },
    "one-person": {
      title: "Uma pessoa de cada vez",
      detail: "Só você em frente à câmera, por favor.",
    },
    closer: { title: "Um pouco mais perto", detail: "Mais um passo à frente, por favor." },
    "look-here": { title: "Olhe para cá", detail: "Bem para a câmera, por favor." },
    "turn-left": {
      title: "Vire um pouco à esquerda",
      detail: "Se for difícil, fique como está.",
    },
    "turn-right": {
      title: "Vire um pouco à direita",
      detail: "Se for difícil, fique como está.",
    },
    "hold-still": { title: "Assim mesmo", detail: "Não se mexa um instante." },
    "more-light": { title: "Para perto da luz", detail: "Seu rosto está escuro demais." },
    "less-light": { title: "Fora da luz forte", detail: "Vá um pouco para o lado, por favor." },
    uncover: {
      title: "Mostre seu rosto",
      detail: "Se puder, tire a máscara ou os óculos escuros.",
    },
  },
  failures: {
    NAME_TAKEN: "Outra pessoa usa esse nome. Escolha outro, por favor.",
    NAME_INVALID: "O nome deve ter de 1 a 80 letras.",
    FACE_AMBIGUOUS: "Uma pessoa de cada vez em frente à câmera, por favor.",
    FACE_NOT_FOUND: "Não vimos seu rosto. Fique de frente para a câmera.",
    TIMEOUT: "Demorou demais. Chegue mais perto e tente de novo.",
    STOPPED: "Você interrompeu. Nada mudou.",
    CONSENT_REFUSED: "O cartão não assinou. Nada mudou; tente de novo.",
    CARD_READER_MISSING: "Não há leitor de cartão aqui. Venha ao balcão.",
    PERSON_NOT_FOUND: "Esta máquina não tem nenhum consentimento deste cartão.",
    ENROLMENT_CLOSED: "O cadastro é feito no balcão, se você quiser.",
    CONSENT_SIGNATURE_NEEDED:
      "Aqui o cartão precisa assinar com a senha de assinatura. Nada mudou; o balcão pode ajudar.",
  },
  actions: {
    start: "Ligar a câmera",
    retry: "Tentar de novo",
    enrol: "Cadastrar meu rosto",
    cancel: "Parar",
    erase: "Apagar",
    goOn: "Continuar",
    putCard: "Pôr o cartão de teste (senha 1234)",
    takeCard: "Tirar o cartão de teste",
    close: "Agora não",
    withdraw: "Parar de usar meu rosto",
    agree: "Concordo",
    decline: "Não concordo",
    begin: "Começar",
    soundOn: "Som ligado",
    soundOff: "Som desligado",
    louder: "Mais alto",
    quieter: "Mais baixo",
    contrast: "Alto contraste",
    reach: "Controles baixos",
    languages: "Escolher a língua",
    tools: "Imagem e som",
    keypad: "Teclas da senha",
    sign: "Assinar",
    without: "Continuar sem ela",
    passwordKeys: "Teclas da senha",
  },
  form: {
    title: "Cadastre seu rosto",
    lead: "A câmera olha quatro vezes. Só os traços do rosto ficam guardados, cifrados, nesta máquina. Nenhuma foto é guardada.",
    name: "Seu nome",
    consent:
      "Concordo que os traços do meu rosto fiquem guardados nesta máquina. Posso pedir a remoção quando quiser.",
    needName: "Digite um nome, por favor.",
    needConsent: "O cadastro precisa da sua concordância.",
  },
  consent: {
    title: "Leia, por favor",
    lead: "Qualquer que seja a escolha, o serviço é o mesmo.",
    step: "{at} de {of}",
    nameLead: "A câmera olha quatro vezes. Depois seu cartão assina o consentimento.",
    endTitle: "Parar de usar meu rosto",
    endLead: "Coloque o cartão e digite a senha: a partir daí seu rosto não é mais comparado.",
    needService: "Escolha pelo menos um para encerrar.",
  },
  slip: "Seu número é {slip}. Chamaremos você por ele.",
  progress: "{taken} de {wanted} imagens feitas",
  link: "Esperando a rede (pode continuar)",
};
