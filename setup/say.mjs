// What the setup scripts say. Standard output belongs to the command that runs after them.

export function say(text) {
  process.stderr.write(`tebura: ${text}\n`);
}

export function fail(text) {
  say(text);
  process.exit(1);
}
