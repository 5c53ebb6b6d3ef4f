// Digests, HMAC, AES, HKDF, PBKDF2.
import { compute, random } from "wws:native";
import { checkUsages, fail, makeKey, needUsages } from "wws:crypto_key";
import { checkJwk, decode, encode } from "wws:crypto_jwk";
import { addAlgorithm, bytesOf, hashes, hashName, long, nothing, octet, optional, required, short } from "wws:crypto_parameters";

const DIGEST = 1, HMAC = 2, PBKDF2 = 3, GCM_ENCRYPT = 4, GCM_DECRYPT = 5, CBC_ENCRYPT = 6, CBC_DECRYPT = 7, CTR = 8,
  WRAP = 9, UNWRAP = 10;
const LIMIT = -6;
const LONGEST_KEY = 65536;  // HMAC hashes longer ones first

/** Bytes, or an OperationError. */
export function computed(what, ...call) {
  const result = compute(...call);
  if (typeof result === "number") {
    fail("OperationError", result === LIMIT ? `${what}: more than the server computes at once` : `${what} failed`);
  }
  return result;
}

export function digest(hash, data) { return computed("digest", DIGEST, hashes[hash].id, 0, hashes[hash].size, data); }

function mac(hash, key, ...data) {
  if (key.length > LONGEST_KEY) key = digest(hash, key);
  return computed("HMAC", HMAC, hashes[hash].id, 0, hashes[hash].size, key, ...data);
}

for (const name of Object.keys(hashes)) addAlgorithm(name, { parameters: { digest: nothing } });

/** Random bytes for a key. */
function randomKey(bits) {
  const bytes = new Uint8Array(Math.ceil(bits / 8));
  if (random(bytes) < 0) fail("OperationError", "the key is longer than the random numbers that the server gives");
  return bytes;
}

/** The bytes of a secret key that is imported raw, or as JWK. */
function readSecret(format, data, how) {
  if (format === "raw" || format === "raw-secret") return data;
  if (format !== "jwk") fail("NotSupportedError", `this kind of key is not imported as ${format}`);
  checkJwk(data, { kty: "oct", ...how, algorithm: undefined });
  const bytes = decode(data, "k");
  checkJwk(data, { kty: "oct", ...how, algorithm: how.algorithm(bytes) });
  return bytes;
}

function writeSecret(format, key, alg) {
  const bytes = key.parts[0];
  if (format === "raw" || format === "raw-secret") return bytes.slice();
  if (format !== "jwk") fail("NotSupportedError", `this kind of key is not exported as ${format}`);
  return { kty: "oct", k: encode(bytes), alg, key_ops: [...key.usages], ext: key.extractable };
}

// --- HMAC ---

const hmacUsages = ["sign", "verify"];
const hmacAlg = (hash) => `HS${hash.slice(4)}`;

function hmacLength({ hash, length }) {
  if (length === 0) fail("OperationError", "a key of HMAC has no length of 0");
  return length ?? hashes[hash].block * 8;
}

function isEqual(a, b) {
  if (a.length !== b.length) return false;
  let differ = 0;
  for (let at = 0; at < a.length; at++) differ |= a[at] ^ b[at];
  return differ === 0;
}

const hmacParameters = (given) => ({
  hash: required(given, "hash", hashName), length: optional(given, "length", long, undefined),
});
addAlgorithm("HMAC", {
  parameters: {
    sign: nothing, verify: nothing, generateKey: hmacParameters, importKey: hmacParameters, keyLength: hmacParameters,
  },
  keyLength(algorithm) {
    if (algorithm.length === 0) throw new TypeError("a key of HMAC has no length of 0");
    return algorithm.length ?? hashes[algorithm.hash].block * 8;
  },
  generateKey(algorithm, extractable, usages) {
    checkUsages(usages, hmacUsages, "HMAC");
    const length = hmacLength(algorithm);
    needUsages(usages);
    return makeKey({
      type: "secret", extractable, usages, name: "HMAC", hash: algorithm.hash, length, parts: [randomKey(length)],
    });
  },
  importKey(format, data, algorithm, extractable, usages) {
    checkUsages(usages, hmacUsages, "HMAC");
    const { hash } = algorithm;
    let bytes = readSecret(format, data, { use: "sig", algorithm: () => [hmacAlg(hash)], extractable, usages });
    const bits = bytes.length * 8;
    const length = algorithm.length ?? bits;
    if (bits === 0 || length > bits || length <= bits - 8) fail("DataError", "the key of HMAC has another length");
    if (length < bits) {
      bytes = bytes.slice();
      bytes[bytes.length - 1] &= 0xff << (bits - length);
    }
    return makeKey({ type: "secret", extractable, usages, name: "HMAC", hash, length, parts: [bytes] });
  },
  exportKey: (format, key) => writeSecret(format, key, hmacAlg(key.hash)),
  sign: (_, key, data) => mac(key.hash, key.parts[0], data),
  verify: (_, key, signature, data) => isEqual(mac(key.hash, key.parts[0], data), signature),
});

// --- AES ---

const aesUsages = ["encrypt", "decrypt", "wrapKey", "unwrapKey"];
const isAesLength = (bits) => bits === 128 || bits === 192 || bits === 256;

function aesKeyLength({ length }) {
  if (!isAesLength(length)) fail("OperationError", "a key of AES has 128, 192 or 256 bits");
  return length;
}

/** What all modes have in common. */
function addAes(name, allowed, parameters, operations) {
  const length = (given) => ({ length: required(given, "length", short) });
  const alg = (bytes) => `A${bytes.length * 8}${name.slice(4)}`;
  const key = (parts, extractable, usages) =>
    makeKey({ type: "secret", extractable, usages, name, length: parts[0].length * 8, parts });
  addAlgorithm(name, {
    parameters: { generateKey: length, keyLength: length, importKey: nothing, ...parameters },
    keyLength: aesKeyLength,
    generateKey(algorithm, extractable, usages) {
      checkUsages(usages, allowed, name);
      aesKeyLength(algorithm);
      needUsages(usages);
      return key([randomKey(algorithm.length)], extractable, usages);
    },
    importKey(format, data, _, extractable, usages) {
      checkUsages(usages, allowed, name);
      const bytes = readSecret(format, data, {
        use: "enc",
        algorithm(bytes) {
          if (!isAesLength(bytes.length * 8)) fail("DataError", "a key of AES has 128, 192 or 256 bits");
          return [alg(bytes)];
        },
        extractable,
        usages,
      });
      if (!isAesLength(bytes.length * 8)) fail("DataError", "a key of AES has 128, 192 or 256 bits");
      return key([bytes], extractable, usages);
    },
    exportKey: (format, slots) => writeSecret(format, slots, alg(slots.parts[0])),
    ...operations,
  });
}

const tagLengths = [32, 64, 96, 104, 112, 120, 128];
function gcm(operation, { iv, additionalData, tagLength }, key, data) {
  if (!tagLengths.includes(tagLength)) fail("OperationError", `AES-GCM has no tag of ${tagLength} bits`);
  const room = data.length + (operation === GCM_ENCRYPT ? tagLength / 8 : 0);
  return computed("AES-GCM", operation, 0, tagLength / 8, room, key.parts[0], iv, additionalData, data);
}
const gcmParameters = (given) => ({
  iv: required(given, "iv", bytesOf),
  additionalData: optional(given, "additionalData", bytesOf, new Uint8Array()),
  tagLength: optional(given, "tagLength", octet, 128),
});
addAes("AES-GCM", aesUsages, { encrypt: gcmParameters, decrypt: gcmParameters }, {
  encrypt: (algorithm, key, data) => gcm(GCM_ENCRYPT, algorithm, key, data),
  decrypt: (algorithm, key, data) => gcm(GCM_DECRYPT, algorithm, key, data),
});

function cbc(operation, { iv }, key, data) {
  if (iv.length !== 16) fail("OperationError", "the IV of AES-CBC has 16 bytes");
  return computed("AES-CBC", operation, 0, 0, data.length + 16, key.parts[0], iv, data);
}
const cbcParameters = (given) => ({ iv: required(given, "iv", bytesOf) });
addAes("AES-CBC", aesUsages, { encrypt: cbcParameters, decrypt: cbcParameters }, {
  encrypt: (algorithm, key, data) => cbc(CBC_ENCRYPT, algorithm, key, data),
  decrypt: (algorithm, key, data) => cbc(CBC_DECRYPT, algorithm, key, data),
});

const number = (bytes) => BigInt(`0x${bytes.toHex()}`);

/** The server counts in all 128 bits: where fewer turn over, it is called twice. */
function ctr({ counter, length }, key, data) {
  if (counter.length !== 16) fail("OperationError", "the counter of AES-CTR has 16 bytes");
  if (length === 0 || length > 128) fail("OperationError", "AES-CTR counts in 1 to 128 bits of its counter");
  const crypt = (from, part) => computed("AES-CTR", CTR, 0, 0, part.length, key.parts[0], from, part);
  const all = 1n << BigInt(length);
  const blocks = BigInt(Math.ceil(data.length / 16));
  if (blocks > all) fail("OperationError", "AES-CTR has counters for less data");
  const start = number(counter);
  const left = all - (start % all);
  if (blocks <= left) return crypt(counter, data);
  const first = Number(left) * 16;
  const turned = Uint8Array.fromHex((start - (start % all)).toString(16).padStart(32, "0"));
  const result = new Uint8Array(data.length);
  result.set(crypt(counter, data.subarray(0, first)));
  result.set(crypt(turned, data.subarray(first)), first);
  return result;
}
const ctrParameters = (given) => ({
  counter: required(given, "counter", bytesOf), length: required(given, "length", octet),
});
addAes("AES-CTR", aesUsages, { encrypt: ctrParameters, decrypt: ctrParameters }, { encrypt: ctr, decrypt: ctr });

addAes("AES-KW", ["wrapKey", "unwrapKey"], { wrapKey: nothing, unwrapKey: nothing }, {
  wrapKey: (_, key, data) => computed("AES-KW", WRAP, 0, 0, data.length + 8, key.parts[0], data),
  unwrapKey: (_, key, data) => computed("AES-KW", UNWRAP, 0, 0, data.length, key.parts[0], data),
});

// --- what keys are derived with ---

/** Keys that only others are made of. */
function addDerivation(name, read, deriveBits) {
  addAlgorithm(name, {
    parameters: { deriveBits: read, importKey: nothing, keyLength: nothing },
    keyLength: () => null,
    importKey(format, data, _, extractable, usages) {
      if (format !== "raw" && format !== "raw-secret") fail("NotSupportedError", `${name} imports raw keys`);
      checkUsages(usages, ["deriveKey", "deriveBits"], name);
      if (extractable) fail("SyntaxError", `a key of ${name} cannot be extracted again`);
      return makeKey({ type: "secret", extractable, usages, name, parts: [data] });
    },
    deriveBits(algorithm, key, length) {
      if (length === null || length % 8 !== 0) fail("OperationError", `${name} derives whole bytes`);
      return deriveBits(algorithm, key.parts[0], length / 8);
    },
  });
}

addDerivation("HKDF", (given) => ({
  hash: required(given, "hash", hashName), salt: required(given, "salt", bytesOf), info: required(given, "info", bytesOf),
}), ({ hash, salt, info }, key, length) => {
  // RFC 5869.
  if (length > 255 * hashes[hash].size) fail("OperationError", "HKDF derives 255 times as much as its hash has");
  const extracted = mac(hash, salt, key);
  const result = new Uint8Array(length);
  let block = new Uint8Array();
  for (let at = 0, count = 1; at < length; at += block.length, count++) {
    block = mac(hash, extracted, block, info, new Uint8Array([count]));
    result.set(block.subarray(0, length - at), at);
  }
  return result;
});

addDerivation("PBKDF2", (given) => ({
  hash: required(given, "hash", hashName), salt: required(given, "salt", bytesOf),
  iterations: required(given, "iterations", long),
}), ({ hash, salt, iterations }, key, length) => {
  if (iterations === 0) fail("OperationError", "PBKDF2 needs an iteration");
  if (length === 0) return new Uint8Array();
  if (key.length > LONGEST_KEY) key = digest(hash, key);
  return computed("PBKDF2", PBKDF2, hashes[hash].id, iterations, length, key, salt);
});
