// Answers in JSON: who is greeted, and what was asked for. A file and nothing else: no compiler, no build.
export default {
  fetch(request) {
    const url = new URL(request.url);
    const name = request.params.name ?? url.searchParams.get("name") ?? "world";
    console.log(`greeting ${name}`);
    return Response.json({ hello: name, method: request.method, path: url.pathname });
  },
};
