/**
 * One stream for all pages of a browser: it opens only six connections to one gateway, and a seventh page
 * that follows by itself would stop every other request.
 */
interface Page {
  postMessage(message: unknown): void;
}

const pages: Page[] = [];
let stream: EventSource | undefined;
/** What a page that comes later has to know. */
let hello: unknown;

function say(message: unknown): void {
  for (const page of pages) page.postMessage(message);
}

function follow(): void {
  stream = new EventSource("/api/live");
  for (const kind of ["hello", "rows", "tick"]) {
    stream.addEventListener(kind, (event) => {
      const message = { kind, data: JSON.parse((event as MessageEvent<string>).data) };
      if (kind === "hello") hello = message;
      say(message);
    });
  }
  stream.addEventListener("error", () => {
    hello = undefined;
    const isOver = stream?.readyState === EventSource.CLOSED;
    say({ kind: isOver ? "refused" : "lost" });
    if (!isOver) return; // The browser connects again by itself.
    stream = undefined;
    setTimeout(() => stream ?? follow(), 3_000);
  });
}

(globalThis as unknown as { onconnect: (event: MessageEvent) => void }).onconnect = (event) => {
  const page = event.ports[0];
  if (!page) return;
  pages.push(page);
  if (!stream) follow();
  else if (hello) page.postMessage(hello);
};
