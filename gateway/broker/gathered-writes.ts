import type { Socket } from "node:net";
import { Writable } from "node:stream";

/**
 * What is written to the socket within one turn of the event loop leaves it together: a broker
 * acknowledges each message on its own, and a system call for each costs more than the message.
 */
export function gatheredWrites(socket: Socket): Writable {
  let isGathering = false;
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!isGathering) {
        isGathering = true;
        socket.cork();
        setImmediate(() => {
          isGathering = false;
          socket.uncork();
        });
      }
      if (socket.write(chunk)) done();
      else socket.once("drain", done);
    },
    final(done) {
      socket.end(done);
    },
    destroy(error, done) {
      // The last word, such as why a client is not welcome, still leaves.
      if (isGathering) socket.uncork();
      socket.destroy(error ?? undefined);
      done(error);
    },
  });
}
