// A card in a slot of the virtual reader, in a process of its own: our binding's synchronous calls wait
// for the daemon, and the daemon waits for the card. Usage: card-child.ts PORT FOLDER [TORN-AFTER],
// until standard input ends.
import { once } from "node:events";
import { openTrialAuthority } from "#device/card/virtual/trial-authority.ts";
import { VirtualCard } from "#device/card/virtual/virtual-card.ts";
import { insertIntoVpcd } from "#device/card/virtual/vpcd.ts";
import { systemClock } from "#runtime/clock.ts";

const [port, folder, tornAfter] = process.argv.slice(2);
const { card } = openTrialAuthority(folder!, systemClock.wall);
const afterCommands = Number(tornAfter ?? Number.POSITIVE_INFINITY);
const virtualCard = new VirtualCard(card, { fault: { kind: "torn", afterCommands } });
await using _inserted = await insertIntoVpcd(virtualCard, { port: Number(port) });
process.stdin.resume();
await once(process.stdin, "end");
