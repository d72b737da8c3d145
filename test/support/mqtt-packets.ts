/** An MQTT packet: type, remaining length in sevens of bits, body (MQTT 3.1.1 section 2.2). */
function packetOf(type: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length: number[] = [];
  for (let rest = body.length; length.length === 0 || rest > 0; rest >>= 7) {
    length.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
  }
  return Buffer.concat([Buffer.from([type, ...length]), body]);
}

/** A string with its length before it (section 1.5.3). */
function textOf(text: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text)]);
}

/**
 * CONNECT at level 4 with a clean session, a user name and a password, and no keep-alive; with `will`, a
 * message that is left behind for that topic.
 */
export function connectPacket(id: string, password: string, will?: string): Buffer {
  const flags = Buffer.from([4, will === undefined ? 0xc2 : 0xc6, 0, 0]);
  const last = will === undefined ? [] : [textOf(will), textOf("gone")];
  return packetOf(0x10, textOf("MQTT"), flags, textOf(id), ...last, textOf(id), textOf(password));
}

export function subscribePacket(topic: string): Buffer {
  return packetOf(0x82, Buffer.from([0, 1]), textOf(topic), Buffer.from([0]));
}

export function publishPacket(topic: string, payload: string): Buffer {
  return packetOf(0x30, textOf(topic), Buffer.from(payload));
}
