// GET, PATCH and DELETE of one.
import { answer, read, refuse } from "../_todos.js";

async function change(request, kv, key, todo) {
  const { change, error } = await read(request);
  if (error) return refuse(400, error);
  const changed = { ...todo, ...change };
  await kv.put(key, JSON.stringify(changed));
  return answer(changed);
}

export default {
  async fetch(request, env) {
    const key = `todo/${request.params.id}`;
    const todo = await env.KV.get(key, "json");
    if (!todo) return refuse(404, "there is no such thing to do");
    switch (request.method) {
      case "GET":
        return answer(todo);
      case "PATCH":
        return change(request, env.KV, key, todo);
      case "DELETE":
        await env.KV.delete(key);
        return new Response(null, { status: 204 });
      default:
        return refuse(405, "GET, PATCH or DELETE");
    }
  },
};
