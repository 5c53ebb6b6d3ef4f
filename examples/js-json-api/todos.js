// GET lists, POST adds.
import { answer, read, refuse } from "./_todos.js";

async function list(kv) {
  const { keys } = await kv.list({ prefix: "todo/" });
  const todos = await Promise.all(keys.map(({ name }) => kv.get(name, "json")));
  return answer(todos.filter(Boolean).sort((one, other) => one.id - other.id));
}

async function add(request, kv) {
  const { change, error } = await read(request);
  if (error) return refuse(400, error);
  if (!change.title) return refuse(400, "title is missing");
  const todo = { id: Number(await kv.increment("last", 1)), done: false, ...change };
  await kv.put(`todo/${todo.id}`, JSON.stringify(todo));
  const response = answer(todo, 201);
  response.headers.set("location", `/todos/${todo.id}`);
  return response;
}

export default {
  fetch(request, env) {
    if (request.method === "GET") return list(env.KV);
    if (request.method === "POST") return add(request, env.KV);
    return refuse(405, "GET or POST");
  },
};
