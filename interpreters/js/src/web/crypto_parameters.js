// Algorithms as scripts name them, and what is told with them.
import { viewOf } from "wws:idl";
import { fail, slots } from "wws:crypto_key";

/** Numbers are those of docs/abi.md; sizes are in bytes. */
export const hashes = {
  "SHA-1": { id: 1, size: 20, block: 64 },
  "SHA-256": { id: 2, size: 32, block: 64 },
  "SHA-384": { id: 3, size: 48, block: 128 },
  "SHA-512": { id: 4, size: 64, block: 128 },
};

/** Bytes of a BufferSource, for what is computed before anything of the script runs again. */
export function dataOf(value, what) {
  const view = viewOf(value);
  if (view === undefined) throw new TypeError(`${what} is an ArrayBuffer or a view on one`);
  return view;
}

/** The same, copied. */
export function bytesOf(value, what) { return dataOf(value, what).slice(); }

export function integer(value, most, what) {
  const number = Math.trunc(Number(value));
  if (!(number >= 0 && number <= most)) throw new TypeError(`${what} is a number from 0 to ${most}`);
  return number;
}

export const octet = (value, what) => integer(value, 0xff, what);
export const short = (value, what) => integer(value, 0xffff, what);
export const long = (value, what) => integer(value, 0xffffffff, what);

/** A member that has to be there, as `read` takes it. */
export function required(given, member, read) {
  if (given[member] === undefined) throw new TypeError(`the algorithm needs ${member}`);
  return read(given[member], member);
}

export function optional(given, member, read, otherwise) {
  return given[member] === undefined ? otherwise : read(given[member], member);
}

/** The name of a hash, given as any algorithm. */
export function hashName(value) { return normalise("digest", value).name; }

export function publicKey(value) {
  slots(value, "public");
  return value;
}

/** By name in upper case: what an algorithm is, and does. */
const algorithms = new Map();

export function addAlgorithm(name, algorithm) { algorithms.set(name.toUpperCase(), { name, ...algorithm }); }

/** What a script gave, with its name as it is written, the algorithm (`is`) and the parameters of the operation. */
export function normalise(operation, given) {
  const isObject = (typeof given === "object" && given !== null) || typeof given === "function";
  const name = isObject ? given.name : given;
  if (isObject && name === undefined) throw new TypeError("an algorithm needs a name");
  const is = findAlgorithm(name);
  const read = is?.parameters[operation];
  if (read === undefined) fail("NotSupportedError", `there is no ${operation} with ${String(name)}`);
  return { name: is.name, is, ...read(isObject ? given : {}) };
}

/** Undefined: there is none of that name. */
export function findAlgorithm(name) { return algorithms.get(`${name}`.toUpperCase()); }

/** An algorithm that is told nothing else. */
export const nothing = () => ({});
