// crypto.subtle (Web Cryptography). Evaluated when a script first names it; what it computes, the server does (docs/abi.md).
import { encodeUtf8 } from "wws:native";
import { define, needArguments } from "wws:idl";
import { CryptoKey, cloneKey, fail, needUsages, readUsages, slots } from "wws:crypto_key";
import { readJwk } from "wws:crypto_jwk";
import { bytesOf, dataOf, findAlgorithm, long, normalise } from "wws:crypto_parameters";
import { digest } from "wws:crypto_symmetric";
import "wws:crypto_asymmetric";

const formats = ["raw", "raw-public", "raw-private", "raw-seed", "raw-secret", "pkcs8", "spki", "jwk"];
const whole = (bytes) => bytes.buffer;

function readFormat(value) {
  const format = `${value}`;
  if (!formats.includes(format)) throw new TypeError(`"${format}" is no format of keys`);
  return format;
}

/** The key may be used with this algorithm, and so. */
function allow(key, algorithm, usage) {
  if (key.name !== algorithm.name) fail("InvalidAccessError", `this is a key of ${key.name}, and not of ${algorithm.name}`);
  if (!key.usages.includes(usage)) fail("InvalidAccessError", `this key has no usage "${usage}"`);
}

function importKey(format, data, algorithm, extractable, usages) {
  const key = algorithm.is.importKey(format, data, algorithm, extractable, usages);
  if (key.type !== "public") needUsages(usages);
  return key;
}

/** Bytes, or a JWK. */
function exportKey(format, key) {
  const is = findAlgorithm(key.name);
  if (is.exportKey === undefined) fail("NotSupportedError", `keys of ${key.name} are not exported`);
  if (!key.extractable) fail("InvalidAccessError", "this key is not extractable");
  return is.exportKey(format, key);
}

/** Algorithms that have no wrapping of their own encrypt. */
function normaliseWrapping(wrap, encrypt, given) {
  const isObject = typeof given === "object" && given !== null;
  const operation = findAlgorithm(isObject ? given.name : given)?.parameters[wrap] === undefined ? encrypt : wrap;
  return { operation, algorithm: normalise(operation, given) };
}

const illegal = Symbol();

export class SubtleCrypto {
  #brand = true;
  constructor(...given) { if (given[0] !== illegal) throw new TypeError("Illegal constructor: there is one, crypto.subtle"); }

  async encrypt(algorithm, key, data) {
    this.#brand;
    needArguments(arguments.length, 3, "encrypt");
    return whole(cipher("encrypt", algorithm, key, data));
  }
  async decrypt(algorithm, key, data) {
    this.#brand;
    needArguments(arguments.length, 3, "decrypt");
    return whole(cipher("decrypt", algorithm, key, data));
  }
  async sign(algorithm, key, data) {
    this.#brand;
    needArguments(arguments.length, 3, "sign");
    const own = slots(key, "sign");
    const normalised = normalise("sign", algorithm);
    const bytes = dataOf(data, "what is signed");
    allow(own, normalised, "sign");
    return whole(normalised.is.sign(normalised, own, bytes));
  }
  async verify(algorithm, key, signature, data) {
    this.#brand;
    needArguments(arguments.length, 4, "verify");
    const own = slots(key, "verify");
    const normalised = normalise("verify", algorithm);
    const [signed, bytes] = [dataOf(signature, "a signature"), dataOf(data, "what is verified")];
    allow(own, normalised, "verify");
    return normalised.is.verify(normalised, own, signed, bytes);
  }
  async digest(algorithm, data) {
    this.#brand;
    needArguments(arguments.length, 2, "digest");
    const { name } = normalise("digest", algorithm);
    return whole(digest(name, dataOf(data, "what is digested")));
  }
  async generateKey(algorithm, extractable, keyUsages) {
    this.#brand;
    needArguments(arguments.length, 3, "generateKey");
    const usages = readUsages(keyUsages);
    const normalised = normalise("generateKey", algorithm);
    return normalised.is.generateKey(normalised, Boolean(extractable), usages);
  }
  async deriveKey(algorithm, baseKey, derivedKeyType, extractable, keyUsages) {
    this.#brand;
    needArguments(arguments.length, 5, "deriveKey");
    const own = slots(baseKey, "deriveKey");
    const usages = readUsages(keyUsages);
    const normalised = normalise("deriveBits", algorithm);
    const wanted = normalise("importKey", derivedKeyType);
    const sized = normalise("keyLength", derivedKeyType);
    allow(own, normalised, "deriveKey");
    const bits = normalised.is.deriveBits(normalised, own, sized.is.keyLength(sized));
    return importKey("raw", bits, wanted, Boolean(extractable), usages);
  }
  async deriveBits(algorithm, baseKey, length = null) {
    this.#brand;
    needArguments(arguments.length, 2, "deriveBits");
    const own = slots(baseKey, "deriveBits");
    const bits = length === null ? null : long(length, "length");
    const normalised = normalise("deriveBits", algorithm);
    allow(own, normalised, "deriveBits");
    return whole(normalised.is.deriveBits(normalised, own, bits));
  }
  async importKey(format, keyData, algorithm, extractable, keyUsages) {
    this.#brand;
    needArguments(arguments.length, 5, "importKey");
    const as = readFormat(format);
    const usages = readUsages(keyUsages);
    const isBytes = keyData instanceof ArrayBuffer || ArrayBuffer.isView(keyData);
    if (as === "jwk" && (isBytes || typeof keyData !== "object" || keyData === null)) {
      throw new TypeError("a JWK is an object");
    }
    const normalised = normalise("importKey", algorithm);
    const data = as === "jwk" ? readJwk(keyData) : bytesOf(keyData, "a key");
    return importKey(as, data, normalised, Boolean(extractable), usages);
  }
  async exportKey(format, key) {
    this.#brand;
    needArguments(arguments.length, 2, "exportKey");
    const as = readFormat(format);
    const exported = exportKey(as, slots(key, "exportKey"));
    return as === "jwk" ? exported : whole(exported);
  }
  async wrapKey(format, key, wrappingKey, wrapAlgorithm) {
    this.#brand;
    needArguments(arguments.length, 4, "wrapKey");
    const as = readFormat(format);
    const [wrapped, own] = [slots(key, "wrapKey"), slots(wrappingKey, "wrapKey")];
    const { operation, algorithm } = normaliseWrapping("wrapKey", "encrypt", wrapAlgorithm);
    allow(own, algorithm, "wrapKey");
    const exported = exportKey(as, wrapped);
    const bytes = as === "jwk" ? encodeUtf8(JSON.stringify(exported)) : exported;
    return whole(algorithm.is[operation](algorithm, own, bytes));
  }
  async unwrapKey(format, wrappedKey, unwrappingKey, unwrapAlgorithm, unwrappedKeyAlgorithm, extractable, keyUsages) {
    this.#brand;
    needArguments(arguments.length, 7, "unwrapKey");
    const as = readFormat(format);
    const own = slots(unwrappingKey, "unwrapKey");
    const usages = readUsages(keyUsages);
    const { operation, algorithm } = normaliseWrapping("unwrapKey", "decrypt", unwrapAlgorithm);
    const wanted = normalise("importKey", unwrappedKeyAlgorithm);
    const wrapped = dataOf(wrappedKey, "a wrapped key");
    allow(own, algorithm, "unwrapKey");
    const bytes = algorithm.is[operation](algorithm, own, wrapped);
    return importKey(as, as === "jwk" ? parseJwk(bytes) : bytes, wanted, Boolean(extractable), usages);
  }
}
define(SubtleCrypto);

function cipher(operation, algorithm, key, data) {
  const own = slots(key, operation);
  const normalised = normalise(operation, algorithm);
  const bytes = dataOf(data, "data");
  allow(own, normalised, operation);
  return normalised.is[operation](normalised, own, bytes);
}

function parseJwk(bytes) {
  let value;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {}
  if (typeof value !== "object" || value === null || value.kty === undefined) fail("DataError", "what is wrapped is no JWK");
  return readJwk(value);
}

export const subtle = new SubtleCrypto(illegal);
export { CryptoKey, cloneKey };
