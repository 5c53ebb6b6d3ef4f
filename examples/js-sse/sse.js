// Server-sent events: the answer is a stream, whose parts leave as they are made. A browser reads it with EventSource.
const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Countdown</title>
<style>
  :root { color-scheme: light dark; }
  body { font: 20vmin/1 system-ui; display: grid; place-items: center; min-height: 100vh; margin: 0; }
</style>
<output>…</output>
<script>
  const stream = new EventSource("/sse");
  stream.onmessage = ({ data }) => { document.querySelector("output").textContent = data; };
  stream.addEventListener("end", () => stream.close());
</script>
`;

async function* countdown(from) {
  for (let number = from; number > 0; --number) {
    yield `data: ${number}\n\n`;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  yield "data: 🚀\n\n";
  yield "event: end\ndata:\n\n";
}

export default {
  fetch(request) {
    if (request.headers.get("accept")?.includes("text/html")) {
      return new Response(PAGE, { headers: { "content-type": "text/html; charset=utf-8" } });
    }
    const events = ReadableStream.from(countdown(3)).pipeThrough(new TextEncoderStream());
    return new Response(events, { headers: { "content-type": "text/event-stream", "cache-control": "no-store" } });
  },
};
