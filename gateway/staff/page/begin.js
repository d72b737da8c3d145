import { attempt, destination, makePasskey, send } from "./passkey.js";
import { offerLanguages, writeWords } from "./words.js";

const form = document.getElementById("begin");
const button = document.getElementById("make");
const byId = (id) => document.getElementById(id);

offerLanguages(byId("language"));
writeWords();
byId("code").focus();
byId("go-on").addEventListener("click", () => location.replace(destination()));
byId("print").addEventListener("click", () => window.print());

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void attempt(button, begin);
});

async function begin() {
  const name = byId("name").value.trim();
  const asked = await send("/api/staff/begin/options", {
    code: byId("code").value,
    ...(name !== "" && { name }),
  });
  if (asked.needs === "name") {
    byId("name-line").hidden = false; // The first administrator: nobody has named them yet.
    byId("name").required = true;
    byId("name").focus();
    return;
  }
  const response = await makePasskey(asked.options);
  const { recoveryCodes } = await send("/api/staff/begin", { ticket: asked.ticket, response });
  if (recoveryCodes.length === 0) {
    location.replace(destination());
    return;
  }
  for (const code of recoveryCodes) {
    const line = document.createElement("li");
    line.textContent = code;
    byId("codes").append(line);
  }
  form.hidden = true;
  byId("kept").hidden = false;
  byId("go-on").focus();
}
