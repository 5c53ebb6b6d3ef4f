import { marked } from "marked";

export default async (request) => new Response(marked.parse(await request.text()), { headers: { "content-type": "text/html" } });
