// Answers at "/". Other files answer at their own names: about.js at /about, users/[id].js at /users/…

/** @type {Handler<"index.js">} */
export default {
  fetch(request) {
    const name = new URL(request.url).searchParams.get("name") ?? "world";
    return new Response(`Hello, ${name}!\n`);
  },
};
