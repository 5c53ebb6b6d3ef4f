// Of docs/javascript.md; tests/packaging/documented_code.py asks it.

// hello.js answers at /hello
export default {
  async fetch(request, env, ctx) {
    return Response.json({ hello: request.params.name ?? "world", method: request.method });
  },
};
