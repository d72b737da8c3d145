import { attempt, destination, send, showPasskey } from "./passkey.js";
import { offerLanguages, writeWords } from "./words.js";

const button = document.getElementById("sign-in");
offerLanguages(document.getElementById("language"));
writeWords();
button.addEventListener("click", () =>
  attempt(button, async () => {
    const { ticket, options } = await send("/api/staff/sign-in/options", {});
    await send("/api/staff/sign-in", { ticket, response: await showPasskey(options) });
    location.replace(destination());
  }),
);
button.focus();
