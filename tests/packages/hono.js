import { Hono } from "hono";
import { html } from "hono/html";
import { HTTPException } from "hono/http-exception";
import { jwt, sign } from "hono/jwt";
import { streamSSE } from "hono/streaming";
import { validator } from "hono/validator";
import { z } from "zod";

const SECRET = "a secret of this test";
const Order = z.object({ item: z.string().min(1), count: z.int().positive() });

const app = new Hono();
app.use(async (c, next) => {
  await next();
  c.header("x-by", "hono");
});
app.get("/hono", (c) => c.text("root"));
app.get("/hono/users/:id", (c) => c.json({ id: c.req.param("id"), q: c.req.query("q") ?? null }));
app.post("/hono/echo", async (c) => c.json(await c.req.json()));
app.get("/hono/teapot", () => { throw new HTTPException(418, { message: "teapot" }); });
app.post("/hono/orders", validator("json", (value, c) => {
  const order = Order.safeParse(value);
  return order.success ? order.data : c.json(order.error.issues.map(({ path }) => path[0]), 422);
}), (c) => c.json(c.req.valid("json"), 201));
app.post("/hono/form", async (c) => c.json(await c.req.parseBody()));
app.get("/hono/page", (c) => c.html(html`<p>${c.req.query("name")}</p>`));
app.get("/hono/token/:user", async (c) => c.text(await sign({ sub: c.req.param("user") }, SECRET, "HS256")));
app.use("/hono/mine/*", jwt({ secret: SECRET, alg: "HS256" }));
app.get("/hono/mine/name", (c) => c.text(c.get("jwtPayload").sub));
app.get("/hono/events", (c) => streamSSE(c, async (stream) => {
  await stream.writeSSE({ id: "1", event: "tick", data: "now" });
  await stream.sleep(3_600_000);
  await stream.writeSSE({ id: "2", event: "tick", data: "much later" });
}));

export default app;
