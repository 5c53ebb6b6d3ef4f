import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";

const app = new Hono();
app.use(async (c, next) => {
  await next();
  c.header("x-by", "hono");
});
app.get("/hono", (c) => c.text("root"));
app.get("/hono/users/:id", (c) => c.json({ id: c.req.param("id"), q: c.req.query("q") ?? null }));
app.post("/hono/echo", async (c) => c.json(await c.req.json()));
app.get("/hono/teapot", () => { throw new HTTPException(418, { message: "teapot" }); });

export default app;
