// RSA, and curves: ECDSA, ECDH, Ed25519, X25519.
import { compute } from "wws:native";
import { checkUsages, fail, makeKey, needUsages, slots } from "wws:crypto_key";
import { checkJwk, decode, encode } from "wws:crypto_jwk";
import {
  addAlgorithm, bytesOf, hashes, hashName, long, nothing, optional, publicKey, required,
} from "wws:crypto_parameters";
import { computed, digest } from "wws:crypto_symmetric";

const PKCS1_SIGN = 16, PKCS1_VERIFY = 17, PSS_SIGN = 18, PSS_VERIFY = 19, OAEP_ENCRYPT = 20, OAEP_DECRYPT = 21,
  RSA_GENERATE = 22, ECDSA_SIGN = 32, ECDSA_VERIFY = 33, ED25519_SIGN = 34, ED25519_VERIFY = 35, DERIVE = 36,
  GENERATE = 37, READ_PRIVATE = 48, READ_PUBLIC = 49, WRITE_PRIVATE = 50, WRITE_PUBLIC = 51;
const FAILED = -28;
const RSA = 6;
const DER_ROOM = 16384;

/** A key as the server writes one: its type, and its parts. */
function readParts(bytes) {
  const view = new DataView(bytes.buffer);
  const parts = [];
  for (let at = 4; at < bytes.length;) {
    const size = view.getUint32(at, true);
    parts.push(bytes.slice(at + 4, at + 4 + size));
    at += 4 + size;
  }
  return { type: view.getUint32(0, true), parts };
}

/** The parts of a key that came as DER. */
function readDer(isPrivate, der, type, what) {
  const result = compute(isPrivate ? READ_PRIVATE : READ_PUBLIC, 0, 0, DER_ROOM, der);
  if (typeof result === "number") fail("DataError", `this is no key of ${what}`);
  const key = readParts(result);
  if (key.type !== type) fail("DataError", `this is no key of ${what}`);
  if (isPrivate) writeDer(true, type, key.parts, what);
  return key.parts;
}

/** Also finds out whether the parts are a key. */
function writeDer(isPrivate, type, parts, what) {
  const der = compute(isPrivate ? WRITE_PRIVATE : WRITE_PUBLIC, 0, type, DER_ROOM, ...parts);
  if (typeof der === "number") fail("DataError", `this is no key of ${what}`);
  return der;
}

/** What was given to be verified is right, or it is not: that is no error. */
function isRight(what, ...call) {
  const result = compute(...call);
  if (result === FAILED) return false;
  if (typeof result === "number") fail("OperationError", `${what} failed`);
  return true;
}

function needType(key, type) {
  if (key.type !== type) fail("InvalidAccessError", `this needs a ${type} key`);
}

/** The two keys of a pair that was generated, each with the usages that it can have. */
function makePair(common, extractable, usages, { publicUsages, privateUsages, publicParts, parts }) {
  const only = (allowed) => usages.filter((usage) => allowed.includes(usage));
  return {
    publicKey: makeKey({ ...common, type: "public", extractable: true, usages: only(publicUsages), parts: publicParts }),
    privateKey: makeKey({ ...common, type: "private", extractable, usages: only(privateUsages), parts }),
  };
}

function checkPairUsages(usages, publicUsages, privateUsages, name) {
  checkUsages(usages, [...publicUsages, ...privateUsages], name);
  needUsages(usages.filter((usage) => privateUsages.includes(usage)));
}

// --- RSA ---

const rsaMembers = ["n", "e", "d", "p", "q", "dp", "dq", "qi"];

function withoutZeros(bytes) {
  let at = 0;
  while (at < bytes.length - 1 && bytes[at] === 0) at++;
  return bytes.subarray(at);
}

const bitsOf = (bytes) => bytes.length * 8 - (Math.clz32(bytes[0]) - 24);

function rsaKey({ name, hash }, isPrivate, parts, extractable, usages) {
  return makeKey({
    type: isPrivate ? "private" : "public", extractable, usages, name, hash, parts,
    length: bitsOf(withoutZeros(parts[0])), exponent: withoutZeros(parts[1]),
  });
}

function readRsaJwk(key, how) {
  const isPrivate = key.d !== undefined;
  checkUsages(how.usages, isPrivate ? how.privateUsages : how.publicUsages, how.name);
  checkJwk(key, { kty: "RSA", ...how });
  if (key.oth !== undefined) fail("NotSupportedError", "keys of RSA have two primes");
  const parts = rsaMembers.slice(0, isPrivate ? 8 : 2).map((member) => withoutZeros(decode(key, member)));
  writeDer(isPrivate, RSA, parts, "RSA");
  return { isPrivate, parts };
}

function writeRsaJwk(key, alg) {
  const jwk = { kty: "RSA", alg, key_ops: [...key.usages], ext: key.extractable };
  key.parts.forEach((part, at) => (jwk[rsaMembers[at]] = encode(withoutZeros(part))));
  return jwk;
}

function exportDer(format, key, type) {
  if (format === "spki") {
    needType(key, "public");
    return writeDer(false, type, key.parts, key.name);
  }
  if (format === "pkcs8") {
    needType(key, "private");
    return writeDer(true, type, key.parts, key.name);
  }
  fail("NotSupportedError", `this kind of key is not exported as ${format}`);
}

function addRsa(name, publicUsages, privateUsages, use, alg, parameters, operations) {
  const how = { name, publicUsages, privateUsages, use };
  addAlgorithm(name, {
    parameters: {
      generateKey: (given) => ({
        modulusLength: required(given, "modulusLength", long),
        publicExponent: required(given, "publicExponent", (value) => {
          if (!(value instanceof Uint8Array)) throw new TypeError("publicExponent is a Uint8Array");
          return value.slice();
        }),
        hash: required(given, "hash", hashName),
      }),
      importKey: (given) => ({ hash: required(given, "hash", hashName) }),
      ...parameters,
    },
    generateKey({ modulusLength, publicExponent, hash }, extractable, usages) {
      checkPairUsages(usages, publicUsages, privateUsages, name);
      const exponent = withoutZeros(publicExponent);
      const { parts } = readParts(computed("generating a key of RSA (1024 to 4096 bits)", RSA_GENERATE, 0, modulusLength,
        DER_ROOM, exponent));
      return makePair({ name, hash, length: modulusLength, exponent }, extractable, usages, {
        publicUsages, privateUsages, publicParts: parts.slice(0, 2), parts,
      });
    },
    importKey(format, data, algorithm, extractable, usages) {
      if (format === "jwk") {
        const { isPrivate, parts } = readRsaJwk(data, { ...how, algorithm: [alg(algorithm.hash)], extractable, usages });
        return rsaKey(algorithm, isPrivate, parts, extractable, usages);
      }
      if (format !== "pkcs8" && format !== "spki") fail("NotSupportedError", `keys of RSA are not imported as ${format}`);
      const isPrivate = format === "pkcs8";
      checkUsages(usages, isPrivate ? privateUsages : publicUsages, name);
      return rsaKey(algorithm, isPrivate, readDer(isPrivate, data, RSA, "RSA"), extractable, usages);
    },
    exportKey: (format, key) => (format === "jwk" ? writeRsaJwk(key, alg(key.hash)) : exportDer(format, key, RSA)),
    ...operations,
  });
}

/** A signature with RSA: `operations` are those of the server's, `salt` that of the parameters. */
function rsaSigning(name, [sign, verify], salt) {
  return {
    sign(algorithm, key, data) {
      needType(key, "private");
      return computed(name, sign, hashes[key.hash].id, salt(algorithm), 1024, digest(key.hash, data), ...key.parts);
    },
    verify(algorithm, key, signature, data) {
      needType(key, "public");
      return isRight(name, verify, hashes[key.hash].id, salt(algorithm), 0, digest(key.hash, data), signature, ...key.parts);
    },
  };
}

const shortName = (hash) => hash.slice(4);
addRsa("RSASSA-PKCS1-v1_5", ["verify"], ["sign"], "sig", (hash) => `RS${shortName(hash)}`,
  { sign: nothing, verify: nothing }, rsaSigning("RSASSA-PKCS1-v1_5", [PKCS1_SIGN, PKCS1_VERIFY], () => 0));

const pssParameters = (given) => ({ saltLength: required(given, "saltLength", long) });
addRsa("RSA-PSS", ["verify"], ["sign"], "sig", (hash) => `PS${shortName(hash)}`,
  { sign: pssParameters, verify: pssParameters },
  rsaSigning("RSA-PSS", [PSS_SIGN, PSS_VERIFY], ({ saltLength }) => saltLength));

const oaepParameters = (given) => ({ label: optional(given, "label", bytesOf, new Uint8Array()) });
addRsa("RSA-OAEP", ["encrypt", "wrapKey"], ["decrypt", "unwrapKey"], "enc",
  (hash) => (hash === "SHA-1" ? "RSA-OAEP" : `RSA-OAEP-${shortName(hash)}`),
  { encrypt: oaepParameters, decrypt: oaepParameters }, {
    encrypt({ label }, key, data) {
      needType(key, "public");
      return computed("RSA-OAEP", OAEP_ENCRYPT, hashes[key.hash].id, 0, 1024, data, label, ...key.parts);
    },
    decrypt({ label }, key, data) {
      needType(key, "private");
      return computed("RSA-OAEP", OAEP_DECRYPT, hashes[key.hash].id, 0, 1024, data, label, ...key.parts);
    },
  });

// --- the curves of NIST ---

const curves = {
  "P-256": { type: 1, size: 32, alg: "ES256" },
  "P-384": { type: 2, size: 48, alg: "ES384" },
  "P-521": { type: 3, size: 66, alg: "ES512" },
};

function findCurve(name) {
  if (!Object.hasOwn(curves, name)) fail("NotSupportedError", `there is no curve ${name}`);
  return curves[name];
}

function readEcJwk(key, curve, how) {
  const isPrivate = key.d !== undefined;
  checkUsages(how.usages, isPrivate ? how.privateUsages : how.publicUsages, how.name);
  checkJwk(key, { kty: "EC", ...how });
  if (key.crv !== how.curve) fail("DataError", `"crv" of the JWK is not "${how.curve}"`);
  const [x, y] = [decode(key, "x"), decode(key, "y")];
  if (x.length !== curve.size || y.length !== curve.size) fail("DataError", "a coordinate has another size");
  const point = new Uint8Array(1 + 2 * curve.size);
  point[0] = 4;
  point.set(x, 1);
  point.set(y, 1 + curve.size);
  const parts = isPrivate ? [decode(key, "d"), point] : [point];
  writeDer(isPrivate, curve.type, parts, how.curve);
  return { isPrivate, parts };
}

function writeEcJwk(key) {
  const point = key.parts.at(-1);
  const middle = (point.length + 1) / 2;
  const jwk = {
    kty: "EC", crv: key.curve, x: encode(point.subarray(1, middle)), y: encode(point.subarray(middle)),
    key_ops: [...key.usages], ext: key.extractable,
  };
  if (key.type === "private") jwk.d = encode(key.parts[0]);
  return jwk;
}

function addEc(name, publicUsages, privateUsages, parameters, operations) {
  const curveOf = (given) => ({ curve: required(given, "namedCurve", (value) => `${value}`) });
  addAlgorithm(name, {
    parameters: { generateKey: curveOf, importKey: curveOf, ...parameters },
    generateKey({ curve }, extractable, usages) {
      checkPairUsages(usages, publicUsages, privateUsages, name);
      const { parts } = readParts(computed(name, GENERATE, 0, findCurve(curve).type, 1024));
      return makePair({ name, curve }, extractable, usages, { publicUsages, privateUsages, publicParts: [parts[1]], parts });
    },
    importKey(format, data, { curve }, extractable, usages) {
      const key = (isPrivate, parts) =>
        makeKey({ type: isPrivate ? "private" : "public", extractable, usages, name, curve, parts });
      if (format === "jwk") {
        const { isPrivate, parts } = readEcJwk(data, findCurve(curve), {
          name, curve, publicUsages, privateUsages, use: name === "ECDSA" ? "sig" : "enc", extractable, usages,
          algorithm: name === "ECDSA" ? [curves[curve].alg] : undefined,
        });
        return key(isPrivate, parts);
      }
      const isPrivate = format === "pkcs8";
      checkUsages(usages, isPrivate ? privateUsages : publicUsages, name);
      const { type } = findCurve(curve);
      if (format !== "raw" && format !== "raw-public") return key(isPrivate, readDer(isPrivate, data, type, curve));
      // By way of the other form, a compressed point becomes one that is not.
      return key(false, readDer(false, writeDer(false, type, [data], curve), type, curve));
    },
    exportKey(format, key) {
      if (format === "jwk") return writeEcJwk(key);
      if (format !== "raw" && format !== "raw-public") return exportDer(format, key, curves[key.curve].type);
      needType(key, "public");
      return key.parts[0].slice();
    },
    ...operations,
  });
}

const ecdsaParameters = (given) => ({ hash: required(given, "hash", hashName) });
addEc("ECDSA", ["verify"], ["sign"], { sign: ecdsaParameters, verify: ecdsaParameters }, {
  sign({ hash }, key, data) {
    needType(key, "private");
    return computed("ECDSA", ECDSA_SIGN, hashes[hash].id, curves[key.curve].type, 256, digest(hash, data), ...key.parts);
  },
  verify({ hash }, key, signature, data) {
    needType(key, "public");
    return isRight("ECDSA", ECDSA_VERIFY, hashes[hash].id, curves[key.curve].type, 0, digest(hash, data), signature,
      ...key.parts);
  },
});

// --- shared secrets ---

/** `type` of a key, as the server has it. */
function deriver(type) {
  return ({ public: other }, key, length) => {
    needType(key, "private");
    const peer = slots(other);
    needType(peer, "public");
    if (peer.name !== key.name || peer.curve !== key.curve) fail("InvalidAccessError", "the keys are of different kinds");
    const secret = computed(key.name, DERIVE, 0, type(key), 128, ...peer.parts, ...key.parts);
    if (length === null) return secret;
    if (length > secret.length * 8) fail("OperationError", `${key.name} gives ${secret.length * 8} bits`);
    const bits = secret.slice(0, Math.ceil(length / 8));
    if (length % 8 !== 0) bits[bits.length - 1] &= 0xff << (8 - (length % 8));
    return bits;
  };
}
const deriveParameters = (given) => ({ public: required(given, "public", publicKey) });
const deriveUsages = ["deriveKey", "deriveBits"];
addEc("ECDH", [], deriveUsages, { deriveBits: deriveParameters }, { deriveBits: deriver((key) => curves[key.curve].type) });

// --- Ed25519, X25519 ---

function readOkpJwk(key, type, how) {
  const isPrivate = key.d !== undefined;
  checkUsages(how.usages, isPrivate ? how.privateUsages : how.publicUsages, how.name);
  checkJwk(key, { kty: "OKP", ...how });
  if (key.crv !== how.name) fail("DataError", `"crv" of the JWK is not "${how.name}"`);
  const parts = isPrivate ? [decode(key, "d"), decode(key, "x")] : [decode(key, "x")];
  writeDer(isPrivate, type, parts, how.name);
  return { isPrivate, parts };
}

function addOkp(name, type, publicUsages, privateUsages, algorithm, parameters, operations) {
  addAlgorithm(name, {
    parameters: { generateKey: nothing, importKey: nothing, ...parameters },
    generateKey(_, extractable, usages) {
      checkPairUsages(usages, publicUsages, privateUsages, name);
      const { parts } = readParts(computed(name, GENERATE, 0, type, 1024));
      return makePair({ name }, extractable, usages, { publicUsages, privateUsages, publicParts: [parts[1]], parts });
    },
    importKey(format, data, _, extractable, usages) {
      const key = (isPrivate, parts) => makeKey({ type: isPrivate ? "private" : "public", extractable, usages, name, parts });
      if (format === "jwk") {
        const { isPrivate, parts } = readOkpJwk(data, type, {
          name, publicUsages, privateUsages, use: name === "Ed25519" ? "sig" : "enc", algorithm, extractable, usages,
        });
        return key(isPrivate, parts);
      }
      const isPrivate = format === "pkcs8";
      checkUsages(usages, isPrivate ? privateUsages : publicUsages, name);
      if (format !== "raw" && format !== "raw-public") return key(isPrivate, readDer(isPrivate, data, type, name));
      if (data.length !== 32) fail("DataError", `a public key of ${name} has 32 bytes`);
      return key(false, [data]);
    },
    exportKey(format, key) {
      if (format === "jwk") {
        const jwk = { kty: "OKP", crv: name, x: encode(key.parts.at(-1)), key_ops: [...key.usages], ext: key.extractable };
        if (name === "Ed25519") jwk.alg = "Ed25519";
        if (key.type === "private") jwk.d = encode(key.parts[0]);
        return jwk;
      }
      if (format !== "raw" && format !== "raw-public") return exportDer(format, key, type);
      needType(key, "public");
      return key.parts[0].slice();
    },
    ...operations,
  });
}

addOkp("Ed25519", 4, ["verify"], ["sign"], ["EdDSA", "Ed25519"], { sign: nothing, verify: nothing }, {
  sign(_, key, data) {
    needType(key, "private");
    return computed("Ed25519", ED25519_SIGN, 0, 0, 64, data, ...key.parts);
  },
  verify(_, key, signature, data) {
    needType(key, "public");
    return isRight("Ed25519", ED25519_VERIFY, 0, 0, 0, data, signature, ...key.parts);
  },
});
addOkp("X25519", 5, [], deriveUsages, undefined, { deriveBits: deriveParameters }, { deriveBits: deriver(() => 5) });
