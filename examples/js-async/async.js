// Three things at once: the answer takes as long as the slowest of them, and not as long as all together.
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function brew(what, milliseconds) {
  await sleep(milliseconds);
  return `${what} after ${milliseconds} ms`;
}

export default {
  async fetch(request, env, ctx) {
    const began = performance.now();
    const breakfast = await Promise.all([brew("tea", 30), brew("toast", 60), brew("an egg", 90)]);
    const took = Math.round(performance.now() - began);
    // This goes on after the answer has left.
    ctx.waitUntil(sleep(20).then(() => console.log("the kitchen is clean")));
    return Response.json({ breakfast, took: `${took} ms` });
  },
};
