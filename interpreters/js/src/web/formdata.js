// FormData, and the two forms in which it is sent.
import { decodeUtf8, encodeUtf8, parseQuery, random } from "wws:native";
import { Blob, File, blobBytes } from "wws:blob";
import { define, definePairs, needArguments } from "wws:idl";

const internal = Symbol("FormData");

function entryOf(value, fileName, count, where) {
  if (value instanceof Blob) {
    const isNamed = fileName !== undefined;
    if (value instanceof File && !isNamed) return value;
    return new File([value], isNamed ? `${fileName}` : "blob",
      { type: value.type, ...(value instanceof File ? { lastModified: value.lastModified } : {}) });
  }
  if (count > 2) throw new TypeError(`${where} takes a file name only with a Blob`);
  return `${value}`.toWellFormed();
}

export class FormData {
  #entries = [];
  constructor(form = undefined) {
    if (form !== undefined) throw new TypeError("FormData of a form element is for browsers");
  }
  append(name, value, fileName = undefined) {
    needArguments(arguments.length, 2, "FormData.append");
    this.#entries.push([`${name}`.toWellFormed(), entryOf(value, fileName, arguments.length, "FormData.append")]);
  }
  set(name, value, fileName = undefined) {
    needArguments(arguments.length, 2, "FormData.set");
    name = `${name}`.toWellFormed();
    const entry = [name, entryOf(value, fileName, arguments.length, "FormData.set")];
    const first = this.#entries.findIndex((each) => each[0] === name);
    if (first < 0) {
      this.#entries.push(entry);
    } else {
      this.#entries = this.#entries.filter((each, at) => at <= first || each[0] !== name);
      this.#entries[first] = entry;
    }
  }
  get(name) {
    needArguments(arguments.length, 1, "FormData.get");
    name = `${name}`;
    return this.#entries.find((entry) => entry[0] === name)?.[1] ?? null;
  }
  getAll(name) {
    needArguments(arguments.length, 1, "FormData.getAll");
    name = `${name}`;
    return this.#entries.filter((entry) => entry[0] === name).map((entry) => entry[1]);
  }
  has(name) {
    needArguments(arguments.length, 1, "FormData.has");
    name = `${name}`;
    return this.#entries.some((entry) => entry[0] === name);
  }
  delete(name) {
    needArguments(arguments.length, 1, "FormData.delete");
    name = `${name}`;
    this.#entries = this.#entries.filter((entry) => entry[0] !== name);
  }
  static [internal](form) { return form.#entries; }
}
define(FormData);
definePairs(FormData, "FormData", FormData[internal]);

const lines = (text) => text.replace(/\r\n?|\n/g, "\r\n");
const quoted = (text) => text.replace(/\n/g, "%0A").replace(/\r/g, "%0D").replace(/"/g, "%22");

/** [bytes, content type] of multipart/form-data. */
export function encodeForm(form) {
  const boundary = `----wws${Array.from(random16(), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  const parts = [];
  for (const [name, value] of FormData[internal](form)) {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(lines(name))}"`;
    if (typeof value === "string") {
      parts.push(`${head}\r\n\r\n${lines(value)}\r\n`);
    } else {
      parts.push(`${head}; filename="${quoted(value.name)}"\r\nContent-Type: ` +
        `${value.type || "application/octet-stream"}\r\n\r\n`, value, "\r\n");
    }
  }
  parts.push(`--${boundary}--\r\n`);
  return [blobBytes(new Blob(parts)), `multipart/form-data; boundary=${boundary}`];
}

function random16() {
  const bytes = new Uint8Array(16);
  random(bytes);
  return bytes;
}

export function decodeUrlencoded(bytes) {
  const form = new FormData();
  const list = parseQuery(decodeUtf8(bytes, false));
  for (let at = 0; at < list.length; at += 2) form.append(list[at], list[at + 1]);
  return form;
}

function find(bytes, wanted, from) {
  for (let at = bytes.indexOf(wanted[0], from); at >= 0; at = bytes.indexOf(wanted[0], at + 1)) {
    let same = 1;
    while (same < wanted.length && bytes[at + same] === wanted[same]) same++;
    if (same === wanted.length) return at;
  }
  return -1;
}

function parameter(header, name) {
  const match = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]+))`, "i").exec(header);
  if (match === null) return undefined;
  return match[1] !== undefined
    ? match[1].replace(/\\(["\\])/g, "$1").replace(/%0A/gi, "\n").replace(/%0D/gi, "\r").replace(/%22/g, '"')
    : match[2];
}

export function decodeMultipart(bytes, contentType) {
  const boundary = parameter(contentType, "boundary");
  if (boundary === undefined) throw new TypeError("the form has no boundary in its content-type");
  const broken = () => new TypeError("the body is no multipart/form-data of its boundary");
  const form = new FormData();
  const delimiter = encodeUtf8(`--${boundary}`);
  const blank = encodeUtf8("\r\n\r\n");
  const next = encodeUtf8(`\r\n--${boundary}`);
  let at = find(bytes, delimiter, 0);
  if (at !== 0 && !(at > 1 && bytes[at - 1] === 10)) throw broken();
  at += delimiter.length;
  while (!(bytes[at] === 45 && bytes[at + 1] === 45)) {
    if (bytes[at] !== 13 || bytes[at + 1] !== 10) throw broken();
    const headEnd = find(bytes, blank, at);
    const end = headEnd < 0 ? -1 : find(bytes, next, headEnd + 2);
    if (end < 0) throw broken();
    const head = decodeUtf8(bytes.subarray(at + 2, headEnd), false);
    const content = bytes.subarray(Math.min(headEnd + 4, end), end);
    addPart(form, head, content, broken);
    at = end + next.length;
  }
  return form;
}

function addPart(form, head, content, broken) {
  const fields = new Map(head.split("\r\n").map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
  }));
  const disposition = fields.get("content-disposition") ?? "";
  const name = parameter(disposition, "name");
  if (!/^form-data\b/i.test(disposition) || name === undefined) throw broken();
  const fileName = parameter(disposition, "filename");
  if (fileName === undefined) {
    form.append(name, decodeUtf8(content, false));
  } else {
    form.append(name, new File([content], fileName, { type: fields.get("content-type") ?? "text/plain" }));
  }
}
