// Pages made on the server, with nothing but template strings.

/** HTML: what is put in is escaped, unless it is HTML itself or a list of it. */
class Html extends String {}
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
function put(value) {
  if (value instanceof Html) return value;
  if (Array.isArray(value)) return value.map(put).join("");
  return String(value ?? "").replace(/[&<>"']/g, (letter) => ENTITIES[letter]);
}
const html = (texts, ...values) => new Html(String.raw({ raw: texts }, ...values.map(put)));

const PLANETS = [
  { name: "Mercury", moons: 0, day: 4222.6 },
  { name: "Venus", moons: 0, day: 2802 },
  { name: "Earth", moons: 1, day: 24 },
  { name: "Mars", moons: 2, day: 24.7 },
  { name: "Jupiter", moons: 95, day: 9.9 },
  { name: "Saturn", moons: 146, day: 10.7 },
  { name: "Uranus", moons: 28, day: 17.2 },
  { name: "Neptune", moons: 16, day: 16.1 },
];

const Row = ({ name, moons, day }) => html`<tr><td>${name}</td><td>${moons}</td><td>${day} h</td></tr>`;

const Page = ({ search, planets }) => html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Planets</title>
<style>
  :root { color-scheme: light dark; }
  body { font: 1.125rem/1.6 system-ui; max-width: 40rem; margin: 3rem auto; padding: 0 1rem; }
  table { border-collapse: collapse; width: 100%; }
  td, th { text-align: left; padding: 0.25rem 0; border-bottom: 1px solid #8884; }
  input { font: inherit; }
</style>
<h1>Planets</h1>
<form><input name="search" value="${search}" placeholder="Search" aria-label="Search"> <button>Find</button></form>
${planets.length
    ? html`<table><tr><th>Name<th>Moons<th>Day</tr>${planets.map(Row)}</table>`
    : html`<p>No planet is called “${search}”.</p>`}
`;

export default {
  fetch(request) {
    const search = new URL(request.url).searchParams.get("search") ?? "";
    const planets = PLANETS.filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()));
    return new Response(Page({ search, planets }), { headers: { "content-type": "text/html; charset=utf-8" } });
  },
};
