// What JSX becomes here: text that is HTML already. A package such as hono/jsx or preact would do, too.
export class Html {
  constructor(private readonly html: string) {}
  toString(): string {
    return this.html;
  }
}

export type Child = Html | string | number | boolean | null | undefined | Child[];
type Props = Record<string, unknown> & { children?: Child };
type Component = (props: any) => Html;

const empty = new Set(["br", "hr", "img", "input", "link", "meta"]);
const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escape = (text: string): string => text.replace(/[&<>"]/g, (found) => escapes[found]!);

function render(child: Child): string {
  if (Array.isArray(child)) return child.map(render).join("");
  if (child instanceof Html) return child.toString();
  return child == null || typeof child === "boolean" ? "" : escape(String(child));
}

export const Fragment = ({ children }: Props): Html => new Html(render(children));

export function jsx(type: string | Component, { children, ...attributes }: Props): Html {
  if (typeof type === "function") return type({ ...attributes, children });
  const shown = Object.entries(attributes).map(([name, value]) => ` ${name}="${escape(String(value))}"`);
  const begin = `<${type}${shown.join("")}>`;
  return new Html(empty.has(type) ? begin : `${begin}${render(children)}</${type}>`);
}
export { jsx as jsxs };

declare global {
  namespace JSX {
    type Element = Html;
    type ElementChildrenAttribute = { children: unknown };
    type IntrinsicElements = Record<string, Props>;
  }
}
