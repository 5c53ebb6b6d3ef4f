// node:crypto, as much as packages for the web use: digests, HMAC, key derivation, random numbers.
import { compute, encodeUtf8 } from "wws:native";
import { viewOf } from "wws:idl";

const DIGEST = 1, HMAC = 2, PBKDF2 = 3;
const hashes = {
  sha1: { id: 1, size: 20 }, sha256: { id: 2, size: 32 }, sha384: { id: 3, size: 48 }, sha512: { id: 4, size: 64 },
  md5: { id: 5, size: 16 },
};
const MOST_INPUTS = 8;

function withCode(error, code) { return Object.assign(error, { code }); }

function findHash(name) {
  const key = String(name).toLowerCase().replace(/^rsa-/, "").replace("-", "");
  if (!Object.hasOwn(hashes, key)) throw withCode(new Error(`there is no digest ${name}`), "ERR_OSSL_EVP_UNSUPPORTED");
  return hashes[key];
}

/** Bytes of text in one of Node's encodings. */
function fromText(text, encoding = "utf8") {
  switch (String(encoding).toLowerCase()) {
    case "hex": return Uint8Array.fromHex(text);
    case "base64": return Uint8Array.fromBase64(text);
    case "base64url": return Uint8Array.fromBase64(text, { alphabet: "base64url" });
    case "latin1": case "binary": case "ascii": return Uint8Array.from(text, (each) => each.charCodeAt(0));
    default: return encodeUtf8(text);
  }
}

function bytesOf(data, encoding, what = "data") {
  if (typeof data === "string") return fromText(data, encoding);
  const view = viewOf(data);
  if (view !== undefined) return view;
  throw withCode(new TypeError(`${what} is a string, a Buffer, or another view on bytes`), "ERR_INVALID_ARG_TYPE");
}

/** As Node gives bytes back: a Buffer where there is that. */
function result(bytes, encoding) {
  switch (encoding && String(encoding).toLowerCase()) {
    case "hex": return bytes.toHex();
    case "base64": return bytes.toBase64();
    case "base64url": return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
    case "latin1": case "binary": return String.fromCharCode(...bytes);
    case undefined: case null: case "": case "buffer":
      return globalThis.Buffer === undefined ? bytes : globalThis.Buffer.from(bytes.buffer);
    default: return new TextDecoder().decode(bytes);
  }
}

function computed(...call) {
  const bytes = compute(...call);
  if (typeof bytes === "number") throw withCode(new RangeError("more than the server computes at once"), "ERR_OUT_OF_RANGE");
  return bytes;
}

function joined(chunks) {
  const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** What is digested is gathered, and computed at its end. */
class Gathering {
  _chunks = [];
  _isDone = false;
  update(data, encoding) {
    if (this._isDone) throw withCode(new Error("Digest already called"), "ERR_CRYPTO_HASH_FINALIZED");
    this._chunks.push(bytesOf(data, encoding).slice());
    if (this._chunks.length > MOST_INPUTS) this._chunks = [joined(this._chunks)];
    return this;
  }
  digest(encoding) {
    if (this._isDone) throw withCode(new Error("Digest already called"), "ERR_CRYPTO_HASH_FINALIZED");
    this._isDone = true;
    return result(this._compute(), encoding);
  }
}

export class Hash extends Gathering {
  constructor(name) {
    super();
    this._hash = typeof name === "object" ? name : findHash(name);
  }
  _compute() { return computed(DIGEST, this._hash.id, 0, this._hash.size, ...this._chunks); }
  copy() {
    const copy = new Hash(this._hash);
    copy._chunks = [...this._chunks];
    return copy;
  }
}

export class Hmac extends Gathering {
  constructor(name, key) {
    super();
    this._hash = findHash(name);
    this._key = bytesOf(key, "utf8", "a key").slice();
  }
  _compute() { return computed(HMAC, this._hash.id, 0, this._hash.size, this._key, ...this._chunks); }
}

export function createHash(name) { return new Hash(name); }
export function createHmac(name, key) { return new Hmac(name, key); }
export function hash(name, data, encoding = "hex") { return new Hash(name).update(data).digest(encoding); }
export function getHashes() { return Object.keys(hashes); }

export function pbkdf2Sync(password, salt, iterations, length, name) {
  const { id } = findHash(name);
  return result(computed(PBKDF2, id, iterations, length, bytesOf(password), bytesOf(salt)));
}

export function hkdfSync(name, key, salt, info, length) {
  const { id, size } = findHash(name);
  if (length > 255 * size) throw withCode(new RangeError("HKDF derives less"), "ERR_CRYPTO_INVALID_KEYLEN");
  const mac = (secret, ...data) => computed(HMAC, id, 0, size, secret, ...data);
  const extracted = mac(bytesOf(salt), bytesOf(key));
  const derived = new Uint8Array(length);
  let block = new Uint8Array();
  for (let at = 0, count = 1; at < length; at += size, count++) {
    block = mac(extracted, block, bytesOf(info), new Uint8Array([count]));
    derived.set(block.subarray(0, length - at), at);
  }
  return derived.buffer;
}

/** Node's way of telling later, for what is known at once. */
function later(compute, callback) {
  let outcome;
  try {
    outcome = [null, compute()];
  } catch (error) {
    outcome = [error];
  }
  queueMicrotask(() => callback(...outcome));
}

export function pbkdf2(password, salt, iterations, length, name, callback) {
  later(() => pbkdf2Sync(password, salt, iterations, length, name), callback);
}
export function hkdf(name, key, salt, info, length, callback) {
  later(() => hkdfSync(name, key, salt, info, length), callback);
}

export function randomFillSync(buffer, offset = 0, size = undefined) {
  const bytes = bytesOf(buffer).subarray(offset, size === undefined ? undefined : offset + size);
  for (let at = 0; at < bytes.length; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
  return buffer;
}
export function randomFill(buffer, ...rest) {
  const callback = rest.pop();
  later(() => randomFillSync(buffer, ...rest), callback);
}
export function randomBytes(size, callback) {
  if (callback !== undefined) return later(() => randomBytes(size), callback);
  return result(randomFillSync(new Uint8Array(size)));
}
export function randomInt(least, beyond, callback) {
  if (beyond === undefined || typeof beyond === "function") [least, beyond, callback] = [0, least, beyond];
  if (callback !== undefined) return later(() => randomInt(least, beyond), callback);
  const range = beyond - least;
  if (!Number.isSafeInteger(least) || !Number.isSafeInteger(beyond) || !(range > 0 && range <= 2 ** 48)) {
    throw withCode(new RangeError("randomInt needs whole numbers, the second the larger one"), "ERR_OUT_OF_RANGE");
  }
  // Numbers beyond the last whole range would make some results likelier.
  for (const limit = 2 ** 48 - (2 ** 48 % range); ;) {
    const bytes = new DataView(randomFillSync(new Uint8Array(8)).buffer);
    const drawn = bytes.getUint16(0) * 2 ** 32 + bytes.getUint32(2);
    if (drawn < limit) return least + (drawn % range);
  }
}

export function timingSafeEqual(a, b) {
  const [left, right] = [bytesOf(a), bytesOf(b)];
  if (left.length !== right.length) {
    throw withCode(new RangeError("timingSafeEqual needs two of the same length"), "ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH");
  }
  let differ = 0;
  for (let at = 0; at < left.length; at++) differ |= left[at] ^ right[at];
  return differ === 0;
}

export const webcrypto = globalThis.crypto;
export const subtle = webcrypto.subtle;
export const constants = Object.freeze({});
export function getRandomValues(array) { return webcrypto.getRandomValues(array); }
export function randomUUID() { return webcrypto.randomUUID(); }

export default {
  Hash, Hmac, constants, createHash, createHmac, getHashes, getRandomValues, hash, hkdf, hkdfSync, pbkdf2, pbkdf2Sync,
  randomBytes, randomFill, randomFillSync, randomInt, randomUUID, subtle, timingSafeEqual, webcrypto,
};
