// TextEncoder and TextDecoder.
import {
  cutOffUtf8, decodeBytes, decodeUtf8, decoderState, encodeInto, encodeUtf8, encodingName, encodingOf,
} from "wws:native";
import { define, viewOf } from "wws:idl";

export class TextEncoder {
  #brand = "utf-8";
  get encoding() { return this.#brand; }
  encode(text = "") {
    this.#brand;
    return encodeUtf8(`${text}`);
  }
  encodeInto(text, target) {
    if (!(target instanceof Uint8Array)) throw new TypeError("encodeInto writes to a Uint8Array");
    const [read, written] = encodeInto(`${text}`, target);
    return { read, written };
  }
}
define(TextEncoder);

const UTF8 = 0, UTF16BE = 2;  // places among the encodings
const FATAL = 1, GOES_ON = 2;

function joined(first, second) {
  if (first.length === 0) return second;
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

const nothing = new Uint8Array(0);

export class TextDecoder {
  #encoding;
  #fatal;
  #ignoreBom;
  #left = nothing;
  #state;
  #sawBegin = false;

  constructor(label = "utf-8", options = {}) {
    this.#encoding = encodingOf(`${label}`);
    if (this.#encoding < 0 || this.encoding === "replacement") {
      throw new RangeError(`the encoding "${label}" is not known`);
    }
    if (typeof options !== "object" && typeof options !== "function" && options !== undefined) {
      throw new TypeError("the options of a TextDecoder are an object");
    }
    this.#fatal = Boolean(options?.fatal);
    this.#ignoreBom = Boolean(options?.ignoreBOM);
  }
  get encoding() { return encodingName(this.#encoding); }
  get fatal() { return this.#fatal; }
  get ignoreBOM() { return this.#ignoreBom; }

  decode(input = undefined, options = {}) {
    const bytes = input === undefined ? nothing : viewOf(input);
    if (bytes === undefined) throw new TypeError("decode needs an ArrayBuffer or a view on one");
    const goesOn = Boolean(options?.stream);
    const text = this.#encoding === UTF8 ? this.#utf8(bytes, goesOn) : this.#other(bytes, goesOn);
    if (text === undefined) {
      this.#left = nothing;
      this.#state = undefined;
      this.#sawBegin = false;
      throw new TypeError(`the bytes are not ${this.encoding}`);
    }
    return this.#encoding <= UTF16BE ? this.#withoutBom(text, goesOn) : text;
  }

  #utf8(bytes, goesOn) {
    bytes = joined(this.#left, bytes);
    this.#left = nothing;
    if (goesOn) {
      const kept = cutOffUtf8(bytes);
      if (kept > 0) {
        this.#left = bytes.slice(bytes.length - kept);
        bytes = bytes.subarray(0, bytes.length - kept);
      }
    }
    return decodeUtf8(bytes, this.#fatal);
  }
  #other(bytes, goesOn) {
    this.#state ??= decoderState();
    return decodeBytes(this.#encoding, this.#state, bytes, (this.#fatal ? FATAL : 0) | (goesOn ? GOES_ON : 0));
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
