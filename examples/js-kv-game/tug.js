// Tug of war: everybody who opens the page pulls at one rope. Pulls are exact, however many come at once, since each is
// one operation of the key-value store.
import page from "./_tug.html";

const LENGTH = 10; // pulls ahead that win

async function score(kv) {
  const [red, blue, redWins, blueWins] = await Promise.all(
    ["red", "blue", "wins/red", "wins/blue"].map(async (key) => Number((await kv.get(key)) ?? 0)));
  return { rope: blue - red, length: LENGTH, wins: { red: redWins, blue: blueWins } };
}

async function pull(kv, team) {
  await kv.increment(team, 1);
  const { rope } = await score(kv);
  if (Math.abs(rope) < LENGTH) return;
  // Of all who see the end of a round one begins the next, and counts the win.
  const { value, version } = await kv.getWithMetadata("round");
  const round = String(Number(value ?? 0) + 1);
  if (!(await kv.compareAndSwap("round", version, round))) return;
  await kv.increment(rope < 0 ? "wins/red" : "wins/blue", 1);
  await Promise.all([kv.delete("red"), kv.delete("blue")]);
}

export default {
  async fetch(request, env) {
    if (request.method === "POST") {
      const team = new URL(request.url).searchParams.get("team");
      if (team !== "red" && team !== "blue") return new Response("team=red or team=blue\n", { status: 400 });
      await pull(env.KV, team);
      return Response.json(await score(env.KV));
    }
    if (request.headers.get("accept")?.includes("application/json")) return Response.json(await score(env.KV));
    return new Response(page, { headers: { "content-type": "text/html; charset=utf-8" } });
  },
};
