// TextEncoder and TextDecoder.
import { cutOffUtf8, decodeTable, decodeUtf8, encodeInto, encodeUtf8 } from "wws:native";
import { define, viewOf } from "wws:idl";

export class TextEncoder {
  get encoding() { return "utf-8"; }
  encode(text = "") { return encodeUtf8(String(text)); }
  encodeInto(text, target) {
    if (!(target instanceof Uint8Array)) throw new TypeError("encodeInto writes to a Uint8Array");
    const [read, written] = encodeInto(String(text), target);
    return { read, written };
  }
}
define(TextEncoder);

const windows1252 =
  "\u20AC\x81\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\x8D\u017D\x8F" +
  "\x90\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\x9D\u017E\u0178" +
  Array.from({ length: 96 }, (_, index) => String.fromCharCode(0xa0 + index)).join("");

const labels = new Map();
for (const [name, names] of Object.entries({
  "utf-8": "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8",
  "utf-16le": "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le",
  "utf-16be": "unicodefffe utf-16be",
  "windows-1252": "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 " +
    "iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252",
})) {
  for (const label of names.split(" ")) labels.set(label, name);
}

/** The encoding of a label, in lower case; undefined: there is none of that label here. */
export function encodingOf(label) {
  return labels.get(String(label).replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, "").toLowerCase());
}

function joined(first, second) {
  if (first.length === 0) return second;
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

export class TextDecoder {
  #encoding;
  #fatal;
  #ignoreBom;
  #left = new Uint8Array(0);
  #lead = "";
  #sawBegin = false;

  constructor(label = "utf-8", options = {}) {
    const encoding = encodingOf(label);
    if (encoding === undefined) throw new RangeError(`the encoding "${label}" is not known`);
    this.#encoding = encoding;
    this.#fatal = Boolean(options?.fatal);
    this.#ignoreBom = Boolean(options?.ignoreBOM);
  }
  get encoding() { return this.#encoding; }
  get fatal() { return this.#fatal; }
  get ignoreBOM() { return this.#ignoreBom; }

  decode(input, options = {}) {
    let bytes = input === undefined ? new Uint8Array(0) : viewOf(input);
    if (bytes === undefined) throw new TypeError("decode needs an ArrayBuffer or a view on one");
    const goesOn = Boolean(options?.stream);
    bytes = joined(this.#left, bytes);
    this.#left = new Uint8Array(0);
    const text = this.#encoding === "utf-8" ? this.#utf8(bytes, goesOn)
      : this.#encoding === "windows-1252" ? decodeTable(bytes, windows1252)
      : this.#utf16(bytes, goesOn);
    if (this.#encoding === "windows-1252") return text;
    return this.#withoutBom(text, goesOn);
  }

  #utf8(bytes, goesOn) {
    if (goesOn) {
      const kept = cutOffUtf8(bytes);
      if (kept > 0) {
        this.#left = bytes.slice(bytes.length - kept);
        bytes = bytes.subarray(0, bytes.length - kept);
      }
    }
    const text = decodeUtf8(bytes, this.#fatal);
    if (text === undefined) this.#fail();
    return text;
  }
  #utf16(bytes, goesOn) {
    const odd = bytes.length % 2;
    const units = [];
    const [low, high] = this.#encoding === "utf-16le" ? [0, 1] : [1, 0];
    let text = this.#lead;
    this.#lead = "";
    for (let at = 0; at + 1 < bytes.length; at += 2) {
      units.push(bytes[at + low] | (bytes[at + high] << 8));
      if (units.length === 4096) text += String.fromCharCode(...units.splice(0));
    }
    text += String.fromCharCode(...units);
    if (goesOn) {
      if (odd) this.#left = bytes.slice(bytes.length - 1);
      const last = text.charCodeAt(text.length - 1);
      if (last >= 0xd800 && last < 0xdc00) {
        this.#lead = text.slice(-1);
        text = text.slice(0, -1);
      }
    } else if (odd) {
      text += "\uFFFD";
    }
    if (this.#fatal && (!text.isWellFormed() || (odd && !goesOn))) this.#fail();
    return text.toWellFormed();
  }
  #fail() {
    this.#left = new Uint8Array(0);
    this.#lead = "";
    this.#sawBegin = false;
    throw new TypeError(`the bytes are not ${this.#encoding}`);
  }
  #withoutBom(text, goesOn) {
    if (!this.#sawBegin && text !== "") {
      this.#sawBegin = true;
      if (!this.#ignoreBom && text.charCodeAt(0) === 0xfeff) text = text.slice(1);
    }
    if (!goesOn) this.#sawBegin = false;
    return text;
  }
}
define(TextDecoder);
