import { createElement as h, Suspense, use } from "react";
import { renderToReadableStream } from "react-dom/server";

const Item = ({ number }) => h("li", null, number);
const Late = ({ text }) => h("i", null, use(text));

export default async () => {
  const text = new Promise((resolve) => setTimeout(resolve, 1, "later"));
  const list = h("ul", null, [1, 2].map((number) => h(Item, { key: number, number })));
  const page = h("div", null, list, h(Suspense, { fallback: "soon" }, h(Late, { text })));
  return new Response(await renderToReadableStream(page), { headers: { "content-type": "text/html" } });
};
