import { h } from "preact";
import { useState } from "preact/hooks";
import render from "preact-render-to-string";

function Counter({ start }) {
  const [count] = useState(start);
  return h("b", null, count);
}

export default () => new Response(render(h("p", { class: "x" }, "a < b ", h(Counter, { start: 3 }))));
