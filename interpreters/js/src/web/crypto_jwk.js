// JSON Web Keys (RFC 7517, 7518).
import { fail } from "wws:crypto_key";

const texts = ["kty", "use", "alg", "crv", "x", "y", "d", "n", "e", "p", "q", "dp", "dq", "qi", "k"];

export function encode(bytes) { return bytes.toBase64({ alphabet: "base64url", omitPadding: true }); }

/** A member of the key, as bytes. */
export function decode(key, member) {
  const text = key[member];
  if (text === undefined) fail("DataError", `the JWK has no "${member}"`);
  try {
    if (/^[\w-]*$/.test(text)) return Uint8Array.fromBase64(text, { alphabet: "base64url" });
  } catch {}
  fail("DataError", `"${member}" of the JWK is not Base64 as in URLs`);
}

/** A dictionary of what a script gave. */
export function readJwk(value) {
  const key = {};
  for (const member of texts) if (value[member] !== undefined) key[member] = String(value[member]);
  if (value.ext !== undefined) key.ext = Boolean(value.ext);
  if (value.key_ops !== undefined) key.key_ops = [...value.key_ops].map(String);
  if (value.oth !== undefined) key.oth = value.oth;
  return key;
}

/** What every import checks. `use`: "sig" or "enc"; `algorithm`: the names that `alg` may have, undefined: any. */
export function checkJwk(key, { kty, use, algorithm, extractable, usages }) {
  if (key.kty !== kty) fail("DataError", `"kty" of the JWK is not "${kty}"`);
  if (usages.length > 0 && key.use !== undefined && key.use !== use) fail("DataError", `"use" of the JWK is not "${use}"`);
  if (key.key_ops !== undefined) {
    if (new Set(key.key_ops).size < key.key_ops.length) fail("DataError", "\"key_ops\" of the JWK has a usage twice");
    const missing = usages.find((usage) => !key.key_ops.includes(usage));
    if (missing !== undefined) fail("DataError", `"key_ops" of the JWK has no "${missing}"`);
  }
  if (key.ext === false && extractable) fail("DataError", "the JWK says that it may not be extracted");
  if (key.alg !== undefined && algorithm !== undefined && !algorithm.includes(key.alg)) {
    fail("DataError", `"alg" of the JWK is not ${algorithm.join(" or ")}`);
  }
}
