// CryptoKey: what a script may see of a key, and what only crypto.subtle does.
import { define } from "wws:idl";

const usageNames = ["encrypt", "decrypt", "sign", "verify", "deriveKey", "deriveBits", "wrapKey", "unwrapKey"];
const secret = Symbol("made by crypto.subtle");
let slotsOf;
let isKey;

/**
 * Its slots: type, extractable, usages, name, and what its algorithm adds (`hash`, `curve`, `length` in bits, `exponent`);
 * `parts` are its bytes, as the server wants them (docs/abi.md).
 */
export class CryptoKey {
  #slots;
  #algorithm;
  #usages;
  constructor(...given) {
    const [who, slots] = given;
    if (who !== secret) throw new TypeError("Illegal constructor: keys come from crypto.subtle");
    this.#slots = slots;
  }
  static {
    slotsOf = (key) => key.#slots;
    isKey = (value) => typeof value === "object" && value !== null && #slots in value;
  }
  get type() { return this.#slots.type; }
  get extractable() { return this.#slots.extractable; }
  get algorithm() { return (this.#algorithm ??= algorithmOf(this.#slots)); }
  get usages() { return (this.#usages ??= [...this.#slots.usages]); }
}
define(CryptoKey);

/** As the script sees it. It may change its copy. */
function algorithmOf({ name, hash, curve, length, exponent }) {
  const algorithm = { name };
  if (curve !== undefined) algorithm.namedCurve = curve;
  if (exponent !== undefined) {
    algorithm.modulusLength = length;
    algorithm.publicExponent = exponent.slice();
  } else if (length !== undefined) {
    algorithm.length = length;
  }
  if (hash !== undefined) algorithm.hash = { name: hash };
  return algorithm;
}

export function makeKey(slots) {
  return new CryptoKey(secret, { ...slots, usages: usageNames.filter((usage) => slots.usages.includes(usage)) });
}

/** structuredClone of a key; undefined: it is none. */
export function cloneKey(value) { return isKey(value) ? new CryptoKey(secret, slotsOf(value)) : undefined; }

export function slots(key, where) {
  if (!isKey(key)) throw new TypeError(`${where} needs a CryptoKey`);
  return slotsOf(key);
}

/** A sequence of usages, as Web IDL reads one. */
export function readUsages(value) {
  if (typeof value !== "object" || value === null || typeof value[Symbol.iterator] !== "function") {
    throw new TypeError("usages of a key are a list, such as [\"sign\", \"verify\"]");
  }
  const usages = [...value].map(String);
  for (const usage of usages) {
    if (!usageNames.includes(usage)) throw new TypeError(`"${usage}" is no usage of a key`);
  }
  return usages;
}

export function fail(name, message) { throw new DOMException(message, name); }

/** Only what the algorithm is for. */
export function checkUsages(usages, allowed, name) {
  const wrong = usages.find((usage) => !allowed.includes(usage));
  if (wrong !== undefined) fail("SyntaxError", `"${wrong}" is no usage of this key of ${name}`);
}

export function needUsages(usages) {
  if (usages.length === 0) fail("SyntaxError", "a secret or private key needs a usage");
}
