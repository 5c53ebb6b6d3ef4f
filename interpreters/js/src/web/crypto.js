// crypto: random numbers; the rest is evaluated when a script names it.
import { evaluate, random } from "wws:native";
import { QuotaExceededError } from "wws:exceptions";
import { define, globalAttribute, needArguments } from "wws:idl";

const integers = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
  BigInt64Array, BigUint64Array];
const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

let evaluated;
/** crypto.subtle and its keys. */
const subtleModule = () => (evaluated ??= evaluate("wws:subtle"));

/** structuredClone of a CryptoKey; undefined: it is none. */
export function cloneKey(value) { return evaluated?.cloneKey(value); }

function check(self) {
  if (self !== crypto) throw new TypeError("Illegal invocation: this is not crypto");
}

class Crypto {
  get subtle() {
    check(this);
    return subtleModule().subtle;
  }
  constructor() { throw new TypeError("Illegal constructor: there is one, crypto"); }
  getRandomValues(array) {
    check(this);
    needArguments(arguments.length, 1, "getRandomValues");
    if (!ArrayBuffer.isView(array)) throw new TypeError("getRandomValues fills an array of integers");
    if (!integers.some((type) => array instanceof type)) {
      throw new DOMException("getRandomValues fills an array of integers", "TypeMismatchError");
    }
    if (array.byteLength > 65536) {
      throw new QuotaExceededError("getRandomValues gives 65536 bytes at a time", { quota: 65536, requested: array.byteLength });
    }
    if (random(array) < 0) {
      throw new QuotaExceededError("the request has drawn more random numbers than the server gives");
    }
    return array;
  }
  randomUUID() {
    check(this);
    const bytes = new Uint8Array(16);
    random(bytes);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let text = "";
    for (let at = 0; at < 16; at++) text += (at === 4 || at === 6 || at === 8 || at === 10 ? "-" : "") + hex[bytes[at]];
    return text;
  }
}
define(Crypto);
const crypto = Object.create(Crypto.prototype);
globalAttribute("crypto", () => crypto);
