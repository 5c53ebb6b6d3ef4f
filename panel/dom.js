// Elements from data. Text is always text: nothing of the server's becomes markup.

/** element("td", {class: "number"}, "12", child...) */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/**
 * A table with a caption. `columns`: [title, row => content, class]. Without rows it says `none`. On a phone each row is a
 * block, whose cells bring their titles along; the roles say that it is a table all the same.
 */
export function table(caption, columns, rows, none) {
  if (rows.length === 0) return element("p", { class: "card quiet" }, none);
  const line = (...cells) => element("tr", { role: "row" }, ...cells);
  const head = line(...columns.map(([title, , kind]) =>
    element("th", { scope: "col", role: "columnheader", class: kind }, title)));
  const body = rows.map((row) => line(...columns.map(([title, content, kind], i) =>
    i === 0 ? element("th", { scope: "row", role: "rowheader" }, content(row))
      : element("td", { role: "cell", class: kind, "data-title": title }, content(row)))));
  return element("div", { class: "table", tabindex: "0", role: "region", "aria-label": caption },
    element("table", { role: "table" }, element("caption", {}, caption), element("thead", { role: "rowgroup" }, head),
      element("tbody", { role: "rowgroup" }, ...body)));
}

/** A control, which has an id, with its label. */
export const field = (title, control) => element("div", { class: "field" }, element("label", { for: control.id }, title), control);

export const code = (text) => element("code", {}, text);

/** Names with values; pairs without a value are left out. */
export function pairs(entries) {
  const kept = entries.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return element("dl", { class: "pairs" }, ...kept.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
}
