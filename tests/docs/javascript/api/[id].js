// Of docs/javascript.md; tests/packaging/documented_code.py asks it.

/** @type {Handler<"api/[id].js">} */
export default {
  async fetch(request, env, ctx) {
    return Response.json({ id: request.params.id, visits: Number(await env.KV.increment("visits", 1)) });
  },
};
