// Of docs/javascript.md; tests/packaging/documented_code.py asks it.

// hello.ts answers at /hello
interface Greeting { hello: string; at: Date }

export default {
  fetch(request: Request): Response {
    return Response.json({ hello: "world", at: new Date() } satisfies Greeting);
  },
};
