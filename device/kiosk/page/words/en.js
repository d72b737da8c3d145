/** English. @type {import("./shape.js").Words} */
export const en = {
  self: "English",
  tag: "en",
  title: "Hands-free entrance",
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
      detail: "Open this page on the machine itself, or over a secure connection.",
    },
    offline: { title: "Reconnecting", detail: "One moment, please." },
    replaced: {
      title: "Moved to another screen",
      detail: "Another screen is using the camera now. Start again to use it here.",
    },
    idle: { title: "Please come in", detail: "Stand in front of the camera." },
    far: { title: "Come a little closer", detail: "One more step forward, please." },
    turned: { title: "Look here, please", detail: "Turn your face to the camera." },
    light: { title: "The light is not right", detail: "Move a little to one side, please." },
    blurred: { title: "Hold still a moment", detail: "Just as you are, please." },
    looking: { title: "One moment", detail: "Just as you are, please." },
    admit: { title: "Welcome", detail: "Please go ahead." },
    "admit-name": { title: "Welcome, {name}", detail: "Please go ahead." },
    card: { title: "Your card, please", detail: "Put your card on the reader." },
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
    password: {
      title: "Enter your signing password",
      detail: "6 to 16 letters and digits, chosen at the city office. Tries left: {triesLeft}.",
    },
    "password-wrong": {
      title: "That was not the password",
      detail: "Please enter it again. Tries left: {triesLeft}.",
    },
    "password-last": {
      title: "One try is left",
      detail: "A wrong password now blocks signing until the city office resets it. Go on?",
    },
    enrolling: { title: "Getting to know you", detail: "Look at the camera, please." },
    enrolled: { title: "All done", detail: "From now on, come with empty hands." },
    renewed: { title: "Renewed", detail: "Keep coming with empty hands." },
    "enrol-failed": {
      title: "That did not work",
      detail: "Please try again. Nothing was kept.",
    },
    "consent-card": {
      title: "Sign your consent",
      detail: "Put your card on the reader. Until you do, nothing is kept.",
    },
    declined: {
      title: "That is fine",
      detail: "Nothing was kept. Your card gives you the same service.",
    },
    "withdraw-card": {
      title: "Your card, please",
      detail: "Put down the card with which you agreed, to end being recognised by face.",
    },
    withdrawn: {
      title: "Your face is not used any more",
      detail: "It is gone from this machine. Your card gives you the same service as before.",
    },
    "withdraw-failed": {
      title: "It has not ended yet",
      detail: "Please try again, or come to the desk.",
    },
    frozen: {
      title: "The camera has stopped",
      detail: "Please tell the staff. Your card works too.",
    },
    dark: { title: "Too dark to see", detail: "Turn a light on, or use your card." },
    covered: {
      title: "The camera is covered",
      detail: "Please clear the camera. Your card works too.",
    },
    "out-of-service": {
      title: "Taking a break",
      detail: "Our staff will do the same for you. Your card works too.",
    },
  },
  reasons: {
    "face-matched": { title: "Welcome", detail: "Please go ahead." },
    "face-unknown": {
      title: "Not this time",
      detail: "We found no enrolment for your face on this machine.",
    },
    "face-ambiguous": {
      title: "Your face alone is not enough",
      detail: "Somebody looks much like you, so please use another way to be sure.",
    },
    "face-quality-low": {
      title: "We could not see you well",
      detail: "Step back once, then stand straight before the camera in good light.",
    },
    "liveness-unproven": {
      title: "Not this time",
      detail: "The camera could not be sure that you are here in person.",
    },
    "gallery-empty": {
      title: "Nobody is enrolled yet",
      detail: "Enrol your face, and come with empty hands from then on.",
    },
    "policy-needs-card": { title: "A card is needed", detail: "We check your card for this." },
    "card-proved": { title: "Welcome", detail: "Your card proved it. Please go ahead." },
    "card-refused": {
      title: "The card was not accepted",
      detail: "Please check that it is still valid.",
    },
    "card-unknown": {
      title: "This card is not enrolled",
      detail: "It reads well, but we do not know yet whose it is here.",
    },
    "card-not-given": {
      title: "We did not finish with the card",
      detail: "Stand before the camera or put your card down to begin again.",
    },
    "card-unprovable": {
      title: "Cards cannot be checked just now",
      detail: "Please try again in a little while.",
    },
    "face-needed": {
      title: "We need to see your face too",
      detail: "Stand before the camera first, then put your card down.",
    },
    "face-and-card-proved": {
      title: "Welcome",
      detail: "Your face and your card proved it. Please go ahead.",
    },
    "phone-proved": { title: "Welcome", detail: "Your phone proved it. Please go ahead." },
    "phone-not-available": {
      title: "No phones here",
      detail: "This machine cannot check a phone.",
    },
    "phone-not-given": {
      title: "We did not finish with the phone",
      detail: "Please try again.",
    },
    "phone-refused": {
      title: "The phone was not accepted",
      detail: "Follow what its screen says, then try again.",
    },
    "face-and-phone-proved": {
      title: "Welcome",
      detail: "Your face and your phone proved it. Please go ahead.",
    },
    "ticket-matched": { title: "Welcome", detail: "Your ticket is good. Please go ahead." },
    "ticket-none": { title: "No ticket found", detail: "Please check the day and the place." },
    "ticket-used": {
      title: "This ticket was used",
      detail: "If you are coming back in, please tell the staff.",
    },
    "factors-disagree": {
      title: "Not this time",
      detail: "We could not be sure that the face and the card or phone are one person's.",
    },
    "not-recordable": {
      title: "We cannot take you in just now",
      detail: "Nothing can be written down at the moment. Our staff will see to it.",
    },
    "booking-none": { title: "No booking found", detail: "Please check the day and the time." },
    "proxy-admitted": {
      title: "Welcome",
      detail: "You come in the place of whoever booked. Please go ahead.",
    },
    "proxy-not-now": {
      title: "You may not stand in at this time",
      detail: "Whoever booked has let you come at another time. Please ask them, or our staff.",
    },
    "list-over": {
      title: "The list is out of date",
      detail: "This machine cannot check it just now. Our staff will look it up.",
    },
    "service-over": { title: "This service has ended", detail: "It is no longer offered here." },
  },
  offers: {
    card: "You can use your My Number Card just as well. Please put it on the reader.",
    staff: "Our staff will do the same for you. You are welcome at the desk.",
  },
  hints: {
    nobody: { title: "Stand before the camera", detail: "So that your face is on the screen." },
    "one-person": { title: "One person at a time", detail: "Please stand there by yourself." },
    closer: { title: "A little closer", detail: "One more step forward, please." },
    "look-here": { title: "Look here", detail: "Straight into the camera, please." },
    "turn-left": {
      title: "Turn a little to the left",
      detail: "If that is difficult, stay just as you are.",
    },
    "turn-right": {
      title: "Turn a little to the right",
      detail: "If that is difficult, stay just as you are.",
    },
    "hold-still": { title: "Just like that", detail: "Hold still for a moment." },
    "more-light": { title: "Towards the light", detail: "Your face is too dark to see." },
    "less-light": { title: "Out of the glare", detail: "Move a little to one side, please." },
    uncover: {
      title: "Show us your face",
      detail: "Take off your mask or sunglasses if you can.",
    },
  },
  failures: {
    NAME_TAKEN: "Somebody else is enrolled under that name. Please choose another one.",
    NAME_INVALID: "A name has 1 to 80 characters.",
    FACE_AMBIGUOUS: "One person at a time in front of the camera, please.",
    FACE_NOT_FOUND: "We could not see your face. Stand straight before the camera.",
    TIMEOUT: "It took too long. Come a little closer and try again.",
    STOPPED: "You stopped. Nothing was changed.",
    CONSENT_REFUSED: "The card did not sign. Nothing was changed; please try again.",
    CARD_READER_MISSING: "There is no card reader here. Please come to the desk.",
    PERSON_NOT_FOUND: "This machine holds no consent of this card.",
    ENROLMENT_CLOSED: "The desk enrols you, if you like.",
    CONSENT_SIGNATURE_NEEDED:
      "Your card has to sign with its signing password here. Nothing was changed; the desk can help.",
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
    withdraw: "Stop using my face",
    agree: "I agree",
    decline: "I do not agree",
    begin: "Begin",
    soundOn: "Sound on",
    soundOff: "Sound off",
    louder: "Louder",
    quieter: "Quieter",
    contrast: "High contrast",
    reach: "Reach lower",
    languages: "Choose a language",
    tools: "Sight and sound",
    keypad: "Keys for the PIN",
    sign: "Sign",
    without: "Go on without it",
    passwordKeys: "Keys for the password",
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
  consent: {
    title: "Please read this",
    lead: "Whichever you choose, you get the same service.",
    step: "{at} of {of}",
    nameLead: "The camera looks four times. Then your card signs your consent.",
    endTitle: "Stop using my face",
    endLead: "Put your card down and enter its PIN: from that moment your face is not matched.",
    needService: "Please choose at least one to end.",
  },
  slip: "Your number is {slip}. You will be called by it.",
  progress: "{taken} of {wanted} looks taken",
  link: "Waiting for the network (you can go on)",
};
