/** An answer in pieces, as server-sent events: what it says, as it comes. */

const last = "[DONE]";

/** The text of all pieces so far, after each one. Raises the error that ends it half-way. */
export async function* told(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let text = "";
  for await (const event of events(body)) {
    const data = /^data: (.*)$/m.exec(event)?.[1] ?? "";
    if (data === last) return;
    if (event.startsWith("event: error")) throw new Error(message(data));
    text += written(data);
    yield text;
  }
}

async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let left = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (left + value).split("\n\n");
    left = parts.pop() ?? "";
    yield* parts;
  }
}

function written(data: string): string {
  const piece = JSON.parse(data) as unknown;
  return typeof piece === "string" ? piece : `${JSON.stringify(piece)}\n`;
}

function message(data: string): string {
  const said = JSON.parse(data) as { error?: { message?: string } | string };
  return typeof said.error === "object" ? (said.error.message ?? data) : (said.error ?? data);
}
