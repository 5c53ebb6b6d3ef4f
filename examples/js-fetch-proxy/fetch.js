// Fetches a page for you, from the hosts that fetch.toml allows. Its body passes through as it comes.
const KEPT = ["content-type", "content-language", "last-modified", "etag"];

export default {
  async fetch(request) {
    const url = new URL(request.url).searchParams.get("url");
    if (!url) return new Response("Fetches a page from where fetch.toml allows: /fetch?url=https://example.com/\n");
    let upstream;
    try {
      upstream = await fetch(url, { headers: { accept: request.headers.get("accept") ?? "*/*" } });
    } catch (error) {
      return new Response(`${error.message}\n`, { status: 502 });
    }
    const headers = new Headers({ "x-fetched-from": upstream.url });
    for (const name of KEPT) {
      if (upstream.headers.has(name)) headers.set(name, upstream.headers.get(name));
    }
    return new Response(upstream.body, { status: upstream.status, headers });
  },
};
