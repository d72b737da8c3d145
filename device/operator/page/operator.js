import { showBus } from "./bus.js";
import { call, onLocked, run, tell } from "./call.js";
import { showEnrolment } from "./enrolment.js";
import { showPayment, showTaxi, showTickets } from "./rides-and-tills.js";
import { showShelter } from "./shelter.js";
import { offerLanguages, say, writeWords } from "./words.js";

/** The operator's page: asks for the box's key, keeps it for as long as the tab lives, and shows what this box does. */
const byId = (id) => document.getElementById(id);

const sections = {
  enrolment: showEnrolment,
  shelter: showShelter,
  taxi: showTaxi,
  bus: showBus,
  tickets: showTickets,
  payment: showPayment,
};

function close() {
  sessionStorage.removeItem("key");
  byId("enter").hidden = false;
  for (const name of Object.keys(sections)) byId(name).hidden = true;
  byId("key").focus();
}

/** What a part of the page does again when its language has changed. */
const again = [];

async function open() {
  const { modules } = await (await call("GET", "/modules")).json();
  byId("enter").hidden = true;
  for (const name of modules) {
    byId(name).hidden = false;
    again.push(sections[name](byId(name)));
    byId(name).querySelector("h2").focus();
  }
  if (modules.length === 0) tell(say("noWork"));
}

writeWords();
offerLanguages(byId("language"), () => {
  for (const refresh of again) void refresh?.();
});
onLocked(close);
byId("enter").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem("key", byId("key").value.replace(/[\s-]/g, ""));
  byId("key").value = "";
  void run(open);
});
if (sessionStorage.getItem("key")) void run(open);
else byId("key").focus();
