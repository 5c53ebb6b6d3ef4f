// Of docs/javascript.md; tests/packaging/documented_code.py asks it. The query names a session, which is kept and listed.
export default {
  async fetch(request, env) {
    const id = new URL(request.url).searchParams.get("id");
    const session = { user: 7 };
    // [keys
    await env.SESSIONS.put(id, JSON.stringify(session), { expirationTtl: 3600, metadata: { user: 7 } });
    const { value, metadata, version } = await env.SESSIONS.getWithMetadata(id, "json");
    for (const { name, expiration, metadata } of (await env.SESSIONS.list({ prefix: "7/" })).keys) console.log(name, metadata);
    // keys]
    return Response.json({ value, metadata, isVersion: typeof version === "bigint" && version > 0n });
  },
};
