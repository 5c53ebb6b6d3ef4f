// Questions to the admin interface (docs/admin.md). The token, where the server wants one, is kept until the
// tab is closed.
const KEY = "wws-token";

export class Unauthorized extends Error {}

export function keepToken(token) {
  sessionStorage.setItem(KEY, token);
}

/** The answer. Throws Unauthorized without the right token, and else an Error that says what happened. */
export async function request(path, method = "GET", { headers = {}, body } = {}) {
  const token = sessionStorage.getItem(KEY);
  let response;
  try {
    response = await fetch(path, {
      method,
      body,
      cache: "no-store",
      headers: token ? { ...headers, Authorization: `Bearer ${token}` } : headers,
      signal: AbortSignal.timeout(10_000),
    });
  } catch {
    throw new Error("the server does not answer");
  }
  if (response.ok) return response;
  if (response.status === 401) {
    const refused = token !== null;
    sessionStorage.removeItem(KEY);
    throw new Unauthorized(refused ? "That is not the token." : "");
  }
  const { error } = await response.json().catch(() => ({}));
  throw new Error(error ?? `the server answered ${response.status}`);
}

/** The answer's JSON, in the same way. */
export async function ask(path, method, more) {
  const response = await request(path, method, more);
  return response.json().catch(() => ({}));
}
