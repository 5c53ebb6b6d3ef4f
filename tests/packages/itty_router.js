import { AutoRouter, error } from "itty-router";

const router = AutoRouter({ base: "/itty_router" });
router.get("/hello/:name", ({ params, query }) => ({ hello: params.name, q: query.q })).get("/fail", () => error(418, "teapot"));

export default { ...router };
