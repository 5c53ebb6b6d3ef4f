// Every path below /wiki, however deep: a page with the way to it.
const escape = (text) => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);

export default {
  fetch(request) {
    const parts = request.params.path.split("/").filter(Boolean);
    const links = parts.map((part, index) => {
      const way = parts.slice(0, index + 1).map(encodeURIComponent).join("/");
      return `<a href="/wiki/${way}">${escape(part)}</a>`;
    });
    const title = escape(parts.at(-1) ?? "Everything");
    const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>
  :root { color-scheme: light dark; }
  body { font: 1.125rem/1.6 system-ui; max-width: 40rem; margin: 3rem auto; padding: 0 1rem; }
</style>
<nav>${[`<a href="/wiki/">wiki</a>`, ...links].join(" › ")}</nav>
<h1>${title}</h1>
<p>${parts.length} ${parts.length === 1 ? "step" : "steps"} below the wiki.</p>
`;
    return new Response(page, { headers: { "content-type": "text/html; charset=utf-8" } });
  },
};
