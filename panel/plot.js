// A plot of the last minutes: one or two lines over time, beginning at zero.
import { element } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 300;
const HEIGHT = 100;

function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/** The next of 1, 2, 5, 10, 20 ... that is not below the value. */
function roundUp(value) {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value * 0.999);
}

/** A path through the points; where there is none (null), the line is interrupted. */
function path(values, length, most) {
  let text = "";
  let isDrawing = false;
  for (const [i, value] of values.entries()) {
    if (value === null) {
      isDrawing = false;
      continue;
    }
    const x = ((length - values.length + i) / Math.max(1, length - 1)) * WIDTH;
    text += `${isDrawing ? "L" : "M"}${x.toFixed(1)} ${(HEIGHT - (value / most) * HEIGHT).toFixed(1)}`;
    isDrawing = true;
  }
  return text;
}

/**
 * A figure for `series`: [name, values by second, null where there is none]. `show` makes a value a text. `length`: how
 * many seconds fit.
 */
export function plot(title, series, length, show) {
  const most = roundUp(Math.max(0, ...series.flatMap(([, values]) => values.filter((value) => value !== null))));
  const last = series.map(([name, values]) => `${name} ${show(values.at(-1) ?? null)}`).join(", ");
  const drawing = shape("svg", { class: "plot", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img",
                                 "aria-label": `${title}, the last ${Math.round(length / 60)} minutes: now ${last}; the scale ends at ${show(most)}` });
  for (const part of [0, 0.5, 1]) {
    const y = HEIGHT * part;
    drawing.append(shape("line", { class: "grid", x1: 0, x2: WIDTH, y1: y, y2: y }));
  }
  for (const [i, [, values]] of series.entries())
    drawing.append(shape("path", { class: `series-${i}`, d: path(values, length, most) }));
  const legend = series.map(([name, values], i) =>
    element("span", { class: `series-${i}` }, `${name} ${show(values.at(-1) ?? null)}`));
  return element("figure", { class: "card" },
    element("figcaption", {}, title, ...legend, element("span", {}, `up to ${show(most)}`)), drawing);
}
