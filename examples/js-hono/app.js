// An application of ten routes on a framework from npm: parameters, JSON with validation, a token that is checked, a page, and
// events that stream. Nothing is bundled: node_modules lies beside it.
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { html } from "hono/html";
import { streamSSE } from "hono/streaming";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { z } from "zod";

const Order = z.object({
  item: z.string().min(1), count: z.int().positive().max(100), mail: z.email().optional(),
});
const items = [{ id: 1, name: "tea", price: 3 }, { id: 2, name: "coffee", price: 4 }];

const app = new Hono().basePath("/hono");

app.use(async (c, next) => {
  await next();
  c.header("x-powered-by", "hono");
});

app.get("/", (c) => c.html(html`<!doctype html>
<title>Shop</title>
<h1>Today</h1>
<ul>${items.map((item) => html`<li><a href="/hono/items/${item.id}">${item.name}</a></li>`)}</ul>
<p>${c.req.query("note") ?? "Nothing is noted."}</p>
`));
app.get("/items", (c) => c.json(items));
app.get("/items/:id{[0-9]+}", (c) => {
  const item = items.find(({ id }) => id === Number(c.req.param("id")));
  return item ? c.json(item) : c.json({ error: "there is no such item" }, 404);
});
app.get("/search", (c) => c.json(items.filter(({ name }) => name.includes(c.req.query("q") ?? ""))));
app.post("/orders", async (c) => {
  const order = Order.safeParse(await c.req.json().catch(() => undefined));
  if (!order.success) return c.json({ problems: order.error.issues.map(({ path, message }) => ({ path, message })) }, 422);
  return c.json({ ordered: order.data }, 201);
});
app.get("/events", (c) => streamSSE(c, async (stream) => {
  for (let id = 1; id <= 3; id++) {
    await stream.writeSSE({ id: String(id), event: "tick", data: JSON.stringify({ left: 3 - id }) });
    await stream.sleep(20);
  }
}));
app.all("/echo/:rest{.+}", (c) => c.text(`${c.req.method} ${c.req.param("rest")}`));
app.get("/token", (c) => c.json({ token: sign({ user: c.req.query("user") ?? "ada" }, c.env.SECRET) }));
app.get("/private", (c) => {
  const claims = verify(c.req.header("authorization")?.replace(/^Bearer /, ""), c.env.SECRET);
  if (!claims) throw new HTTPException(401, { message: "a valid token is needed" });
  return c.json({ hello: claims.user });
});
app.get("/fail", () => { throw new Error("on purpose"); });

app.notFound((c) => c.json({ error: "not found" }, 404));
app.onError((error, c) => {
  if (error instanceof HTTPException) return c.json({ error: error.message }, error.status);
  console.error(error);
  return c.json({ error: "something went wrong" }, 500);
});

// Its table of routes is made in the first request: here, and not in each one that a client sends.
await app.request("/");

export default app;

// Tokens: JWT with HS256.
const utf8 = new TextEncoder();
const encode = (bytes) => bytes.toBase64({ alphabet: "base64url", omitPadding: true });
const decode = (text) => Uint8Array.fromBase64(text, { alphabet: "base64url" });
const mac = (text, secret) => hmac(sha256, utf8.encode(secret), utf8.encode(text));

function sign(claims, secret) {
  const text = [{ alg: "HS256", typ: "JWT" }, claims].map((part) => encode(utf8.encode(JSON.stringify(part)))).join(".");
  return `${text}.${encode(mac(text, secret))}`;
}

/** The claims; undefined: it is no token of ours. */
function verify(token, secret) {
  const parts = token?.split(".") ?? [];
  if (parts.length !== 3) return undefined;
  try {
    const [header, claims, given] = parts.map(decode);
    const wanted = mac(`${parts[0]}.${parts[1]}`, secret);
    let difference = given.length ^ wanted.length;
    // All bytes, whichever differ: the time tells nothing.
    for (let i = 0; i < wanted.length; i++) difference |= given[i] ^ wanted[i];
    const text = new TextDecoder();
    if (difference !== 0 || JSON.parse(text.decode(header)).alg !== "HS256") return undefined;
    return JSON.parse(text.decode(claims));
  } catch {
    return undefined;
  }
}
