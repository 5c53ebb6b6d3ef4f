import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { md5, ripemd160, sha1 } from "@noble/hashes/legacy.js";
import { pbkdf2 } from "@noble/hashes/pbkdf2.js";
import { scrypt } from "@noble/hashes/scrypt.js";
import { sha224, sha256, sha384, sha512, sha512_224, sha512_256 } from "@noble/hashes/sha2.js";
import { sha3_224, sha3_256, sha3_384, sha3_512 } from "@noble/hashes/sha3.js";
import { Buffer } from "buffer";

const webcrypto = globalThis.crypto;
const algorithms = {
  md5, ripemd160, rmd160: ripemd160, sha1, sha224, sha256, sha384, sha512, "sha512-224": sha512_224, "sha512-256": sha512_256,
  "sha3-224": sha3_224, "sha3-256": sha3_256, "sha3-384": sha3_384, "sha3-512": sha3_512,
};

function find(name) {
  const algorithm = algorithms[String(name).toLowerCase().replace(/^rsa-/, "")];
  if (algorithm === undefined) throw new Error(`there is no digest ${name}; there are ${getHashes().join(", ")}`);
  return algorithm;
}

function bytesOf(value, encoding) {
  if (typeof value === "string") return Buffer.from(value, encoding);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  throw new TypeError("a text, an ArrayBuffer or a view on one is needed");
}

function bufferOf(bytes) { return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength); }

/** What is updated and digested, of createHash and createHmac. */
class Digest {
  #state;
  constructor(state) { this.#state = state; }
  update(data, encoding) {
    this.#running().update(bytesOf(data, encoding));
    return this;
  }
  digest(encoding) {
    const bytes = bufferOf(this.#running().digest());
    this.#state = undefined;
    return encoding === undefined || encoding === "buffer" ? bytes : bytes.toString(encoding);
  }
  copy() { return new this.constructor(this.#running().clone()); }
  #running() {
    if (this.#state === undefined) throw new Error("digest() was called before");
    return this.#state;
  }
}
class Hash extends Digest {}
class Hmac extends Digest {}

const createHash = (name) => new Hash(find(name).create());
const createHmac = (name, key) => new Hmac(hmac.create(find(name), bytesOf(key)));
const getHashes = () => Object.keys(algorithms);
const hash = (name, data, encoding = "hex") => createHash(name).update(data).digest(encoding);

function randomFillSync(view, offset = 0, size = view.byteLength - offset) {
  // Web Crypto gives 64 KiB at once.
  const bytes = bytesOf(view).subarray(offset, offset + size);
  for (let at = 0; at < bytes.length; at += 65536) webcrypto.getRandomValues(bytes.subarray(at, at + 65536));
  return view;
}
/** Calls back later, as Node does; without a callback: gives it at once. */
function later(make, callback) {
  if (callback === undefined) return make();
  let result;
  try {
    result = [null, make()];
  } catch (error) {
    result = [error];
  }
  queueMicrotask(() => callback(...result));
}
const randomBytes = (size, callback) => later(() => randomFillSync(Buffer.alloc(size)), callback);
const randomFill = (view, ...rest) => later(() => randomFillSync(view, ...rest.slice(0, -1)), rest.at(-1));
const randomUUID = () => webcrypto.randomUUID();
const getRandomValues = (view) => webcrypto.getRandomValues(view);
function randomInt(least, limit, callback) {
  if (limit === undefined || typeof limit === "function") [least, limit, callback] = [0, least, limit];
  const range = limit - least;
  if (!(range > 0 && range <= 2 ** 48)) throw new RangeError("randomInt needs a range of 1 to 2 ** 48");
  return later(() => {
    // What would favour some numbers is drawn again.
    const most = 2 ** 48 - (2 ** 48 % range);
    for (;;) {
      const number = randomBytes(6).readUIntBE(0, 6);
      if (number < most) return least + (number % range);
    }
  }, callback);
}

function timingSafeEqual(one, other) {
  const [a, b] = [bytesOf(one), bytesOf(other)];
  if (a.length !== b.length) throw new RangeError("timingSafeEqual needs two of the same length");
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i];
  return difference === 0;
}

const pbkdf2Sync = (password, salt, iterations, size, name) =>
  bufferOf(pbkdf2(find(name), bytesOf(password), bytesOf(salt), { c: iterations, dkLen: size }));
const hkdfSync = (name, key, salt, info, size) => hkdf(find(name), bytesOf(key), bytesOf(salt), bytesOf(info), size).buffer;
const scryptSync = (password, salt, size, { N, r, p, cost = N ?? 16384, blockSize = r ?? 8, parallelization = p ?? 1 } = {}) =>
  bufferOf(scrypt(bytesOf(password), bytesOf(salt), { N: cost, r: blockSize, p: parallelization, dkLen: size }));
const { subtle } = webcrypto;

export {
  Hash, Hmac, createHash, createHmac, getHashes, getRandomValues, hash, hkdfSync, pbkdf2Sync, randomBytes, randomFill,
  randomFillSync, randomInt, randomUUID, scryptSync, subtle, timingSafeEqual, webcrypto,
};
export default {
  Hash, Hmac, createHash, createHmac, getHashes, getRandomValues, hash, hkdfSync, pbkdf2Sync, randomBytes, randomFill,
  randomFillSync, randomInt, randomUUID, scryptSync, subtle, timingSafeEqual, webcrypto,
};
