// console: lines of the server's log.
import { clock, isError, log, promiseState } from "wws:native";
import { describe } from "wws:errors";

const ERROR = 0, WARNING = 1, INFO = 2, DEBUG = 3;
const deepest = 4;
const most = 100;
let indentation = "";

/** Text of any value, as it would be written in a script. */
export function inspect(value) { return text(value, 0, []); }

function quote(string) {
  return string.includes("'") ? JSON.stringify(string) : `'${JSON.stringify(string).slice(1, -1).replace(/\\"/g, '"')}'`;
}

function keyText(key) {
  if (typeof key === "symbol") return `[${String(key)}]`;
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : quote(key);
}

function text(value, depth, parents) {
  switch (typeof value) {
    case "string": return quote(value);
    case "bigint": return `${value}n`;
    case "symbol": return String(value);
    case "function": return functionText(value);
    case "number": return Object.is(value, -0) ? "-0" : String(value);
    case "object": return value === null ? "null" : objectText(value, depth, parents);
    default: return String(value);
  }
}

function functionText(value) {
  const kind = /^class\b/.test(Function.prototype.toString.call(value)) ? "class" : "Function";
  return `[${kind}${value.name ? `${kind === "class" ? " " : ": "}${value.name}` : " (anonymous)"}]`;
}

function objectText(value, depth, parents) {
  if (parents.includes(value)) return "[Circular]";
  if (isError(value)) return depth === 0 ? describe(value) : `[${describe(value).split("\n")[0]}]`;
  if (value instanceof DOMException) return `${value.name}: ${value.message}`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (value instanceof RegExp) return String(value);
  const name = value.constructor?.name ?? "";
  if (depth > deepest) return Array.isArray(value) ? "[Array]" : `[${name || "Object"}]`;
  const inner = [...parents, value];
  const item = (each) => text(each, depth + 1, inner);
  if (Array.isArray(value)) return list("", "[", value.slice(0, most).map(item), value.length, "]");
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return list(`${name}(${value.length}) `, "[", Array.from(value.subarray(0, most), item), value.length, "]");
  }
  if (value instanceof ArrayBuffer) return `ArrayBuffer { byteLength: ${value.byteLength} }`;
  if (value instanceof Map) {
    const items = [...value].slice(0, most).map(([key, each]) => `${item(key)} => ${item(each)}`);
    return list(`Map(${value.size}) `, "{", items, value.size, "}");
  }
  if (value instanceof Set) return list(`Set(${value.size}) `, "{", [...value].slice(0, most).map(item), value.size, "}");
  if (value instanceof Promise) return `Promise { ${["<pending>", "<fulfilled>", "<rejected>"][promiseState(value)]} }`;
  if (value instanceof Number || value instanceof String || value instanceof Boolean) {
    return `[${name}: ${item(value.valueOf())}]`;
  }
  if (typeof value.toJSON !== "function" && typeof value[Symbol.iterator] === "function" && value.entries !== undefined) {
    const items = [...value].map((pair) => (Array.isArray(pair) ? `${item(pair[0])}: ${item(pair[1])}` : item(pair)));
    return list(`${name} `, "{", items, items.length, "}");
  }
  return propertiesText(value, name, item);
}

function propertiesText(value, name, item) {
  const parts = [];
  for (const key of Object.keys(value).slice(0, most)) {
    const property = Object.getOwnPropertyDescriptor(value, key);
    parts.push(`${keyText(key)}: ${property.get ? "[Getter]" : item(property.value)}`);
  }
  if (parts.length === 0 && name !== "" && name !== "Object") parts.push(...accessors(value, item));
  const prefix = name === "Object" ? "" : `${name || "[Object: null prototype]"} `;
  return list(prefix, "{", parts, parts.length, "}");
}

/** What an interface shows of itself: members that are plain values. */
function accessors(value, item) {
  const parts = [];
  const members = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(value) ?? {});
  for (const [key, member] of Object.entries(members)) {
    if (!member.get || !member.enumerable || key === "body" || key === "signal") continue;
    try {
      const each = value[key];
      if (typeof each !== "function") parts.push(`${key}: ${item(each)}`);
    } catch {}
  }
  return parts;
}

function list(prefix, open, items, count, close) {
  if (count > items.length) items.push(`... ${count - items.length} more`);
  if (items.length === 0) return `${prefix}${open}${close}`;
  const line = items.join(", ");
  if (line.length <= 90 && !line.includes("\n")) {
    return open === "[" ? `${prefix}[ ${line} ]` : `${prefix}{ ${line} }`;
  }
  return `${prefix}${open}\n  ${items.join(",\n").replace(/\n/g, "\n  ")}\n${close}`;
}

/** The arguments as one text, with the formats that the first one has. */
export function format(values) {
  if (typeof values[0] !== "string") return values.map(plain).join(" ");
  let next = 1;
  const first = values[0].replace(/%([sdifoOjc%])/g, (whole, kind) => {
    if (kind === "%") return "%";
    if (next >= values.length) return whole;
    return one(kind, values[next++]);
  });
  return [first, ...values.slice(next).map(plain)].join(" ");
}

const plain = (value) => (typeof value === "string" ? value : inspect(value));

function one(kind, value) {
  switch (kind) {
    case "s": return plain(value);
    case "d": return typeof value === "object" ? "NaN" : String(Number(value));
    case "i": return typeof value === "object" ? "NaN" : String(parseInt(value, 10));
    case "f": return String(parseFloat(value));
    case "j": return String(JSON.stringify(value));
    case "c": return "";
    default: return inspect(value);
  }
}

function write(level, message) {
  log(level, indentation === "" ? message : message.replace(/^/gm, indentation));
}

const counts = new Map();
const times = new Map();

function tableText(data) {
  if (typeof data !== "object" || data === null) return plain(data);
  const rows = Object.entries(data);
  const columns = [...new Set(rows.flatMap(([, row]) => (typeof row === "object" && row !== null ? Object.keys(row) : [])))];
  const hasValues = rows.some(([, row]) => typeof row !== "object" || row === null);
  const lines = [["(index)", ...columns, ...(hasValues ? ["Values"] : [])]];
  for (const [index, row] of rows) {
    const isObject = typeof row === "object" && row !== null;
    const cells = columns.map((column) => (isObject && column in row ? inspect(row[column]) : ""));
    lines.push([index, ...cells, ...(hasValues ? [isObject ? "" : inspect(row)] : [])]);
  }
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column])).join(" | ").trimEnd()).join("\n");
}

function elapsed(label) {
  const begin = times.get(label);
  return begin === undefined ? undefined : `${label}: ${clock(1) - begin} ms`;
}

const methods = {
  log: (...values) => write(INFO, format(values)),
  info: (...values) => write(INFO, format(values)),
  debug: (...values) => write(DEBUG, format(values)),
  warn: (...values) => write(WARNING, format(values)),
  error: (...values) => write(ERROR, format(values)),
  trace: (...values) => {
    const frames = new Error().stack.split("\n").filter((line) => line.trim() !== "" && !line.includes("wws:"));
    write(INFO, [`Trace${values.length > 0 ? `: ${format(values)}` : ""}`, ...frames].join("\n"));
  },
  dir: (value = undefined) => write(INFO, inspect(value)),
  dirxml: (...values) => write(INFO, format(values)),
  table: (data = undefined) => write(INFO, tableText(data)),
  assert: (condition = false, ...values) => {
    if (!condition) write(ERROR, `Assertion failed${values.length > 0 ? `: ${format(values)}` : ""}`);
  },
  count: (label = "default") => {
    label = `${label}`;
    counts.set(label, (counts.get(label) ?? 0) + 1);
    write(INFO, `${label}: ${counts.get(label)}`);
  },
  countReset: (label = "default") => { counts.delete(`${label}`); },
  time: (label = "default") => { times.set(`${label}`, clock(1)); },
  timeLog: (label = "default", ...values) => {
    label = `${label}`;
    const text = elapsed(label);
    write(text === undefined ? WARNING : INFO,
      text === undefined ? `there is no timer "${label}"` : [text, ...values.map(plain)].join(" "));
  },
  timeEnd: (label = "default") => {
    label = `${label}`;
    const text = elapsed(label);
    times.delete(label);
    write(text === undefined ? WARNING : INFO, text === undefined ? `there is no timer "${label}"` : text);
  },
  group: (...values) => {
    if (values.length > 0) write(INFO, format(values));
    indentation += "  ";
  },
  groupCollapsed: (...values) => methods.group(...values),
  groupEnd: () => { indentation = indentation.slice(2); },
  clear: () => {},
};
for (const [name, method] of Object.entries(methods)) Object.defineProperty(method, "name", { value: name });
Object.defineProperty(globalThis, "console", {
  value: Object.assign(Object.create({}), methods), writable: true, configurable: true,
});
Object.defineProperty(console, Symbol.toStringTag, { value: "console", configurable: true });
