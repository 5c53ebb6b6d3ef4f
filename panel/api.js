// Questions to the admin interface (docs/admin.md). The token, where the server wants one, is kept until the
// tab is closed.
const KEY = "wws-token";

export class Unauthorized extends Error {}

export function keepToken(token) {
  sessionStorage.setItem(KEY, token);
}

/** The answer's JSON. Throws Unauthorized without the right token, and else an Error that says what happened. */
export async function ask(path, method = "GET") {
  const token = sessionStorage.getItem(KEY);
  let response;
  try {
    response = await fetch(path, {
      method,
      cache: "no-store",
      headers: token ? { Authorization: `Bearer ${token}` } : {},
      signal: AbortSignal.timeout(10_000),
    });
  } catch {
    throw new Error("the server does not answer");
  }
  if (response.status === 401) {
    const refused = token !== null;
    sessionStorage.removeItem(KEY);
    throw new Unauthorized(refused ? "That is not the token." : "");
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.error ?? `the server answered ${response.status}`);
  return body;
}
