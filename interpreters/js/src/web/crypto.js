// crypto: random numbers; the rest is evaluated when a script names it.
import { evaluate, random } from "wws:native";
import { define } from "wws:idl";

const integers = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
  BigInt64Array, BigUint64Array];
const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

let evaluated;
/** crypto.subtle and its keys. */
const subtleModule = () => (evaluated ??= evaluate("wws:subtle"));

/** structuredClone of a CryptoKey; undefined: it is none. */
export function cloneKey(value) { return evaluated?.cloneKey(value); }

class Crypto {
  get subtle() { return subtleModule().subtle; }
  constructor() { throw new TypeError("Illegal constructor: there is one, crypto"); }
  getRandomValues(array) {
    if (!integers.some((type) => array instanceof type)) {
      throw new DOMException("getRandomValues fills an array of integers", "TypeMismatchError");
    }
    if (array.byteLength > 65536) {
      throw new DOMException("getRandomValues gives 65536 bytes at a time", "QuotaExceededError");
    }
    if (random(array) < 0) {
      throw new DOMException("the request has drawn more random numbers than the server gives", "QuotaExceededError");
    }
    return array;
  }
  randomUUID() {
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
Object.defineProperty(globalThis, "crypto", {
  value: Object.create(Crypto.prototype), enumerable: true, configurable: true,
});
