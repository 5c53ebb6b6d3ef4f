// What both routes share. Files whose names begin with "_" are no routes.
const headers = { "access-control-allow-origin": "*" };

export const answer = (value, status = 200) => Response.json(value, { status, headers });
export const refuse = (status, error) => answer({ error }, status);

/** A change that was sent: its fields, or what is wrong with it. */
export async function read(request) {
  let sent;
  try {
    sent = await request.json();
  } catch {
    return { error: "the body is not JSON" };
  }
  const { title, done } = sent ?? {};
  if (title !== undefined && (typeof title !== "string" || !title.trim() || title.length > 200)) {
    return { error: "title: a text of 1 to 200 letters" };
  }
  if (done !== undefined && typeof done !== "boolean") return { error: "done: true or false" };
  return { change: { ...(title !== undefined && { title }), ...(done !== undefined && { done }) } };
}
