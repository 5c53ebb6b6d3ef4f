// Answers at "/". Other files answer at their own names: about.ts at /about, users/[id].ts at /users/…

export default {
  fetch(request) {
    const name = new URL(request.url).searchParams.get("name") ?? "world";
    return new Response(`Hello, ${name}!\n`);
  },
} satisfies Handler<"index.ts">;
