// The key-value store: env.KV, and the Cache of old workers.
import {
  decodeUtf8, encodeUtf8, kvCompareAndSwap, kvDelete, kvGet, kvIncrement, kvList, kvPut, kvResult, wait, when,
} from "wws:native";
import { readStream } from "wws:body";
import { viewOf } from "wws:idl";
import { isStream } from "wws:streams";

const AGAIN = -1, ABSENT = -5, CONFLICT = -7;
const PUT_ALWAYS = 0;

const messages = {
  "-2": "the client left",
  "-6": "too many operations are pending",
  "-8": "the namespace has no room",
  "-9": "the store cannot do it now",
  "-10": "the store failed meanwhile: it may have been done or not",
  "-11": "the value is no decimal number of 64 bits",
  "-12": "a key has 1 to 512 bytes",
  "-13": "a value has at most 1 MiB",
  "-14": "more keys or bytes than one operation may have",
  "-15": "the store has no room",
  "-16": "the number would not fit into 64 bits",
  "-17": "the disk is full, or failed",
};

function failure(name, key, code) {
  return new Error(`${name} of the key "${key}": ${messages[code] ?? `code ${code}`}`);
}

function begun(operation, name) {
  if (operation === ABSENT) {
    throw new TypeError(`${name}: this worker has no key-value store; its TOML needs [data.kv] with a namespace`);
  }
  if (operation < 0) throw failure(name, "", operation);
  return operation;
}

/** The result's bytes, or a code below 0. */
async function result(operation) {
  for (;;) {
    const given = kvResult(operation);
    if (given !== AGAIN) return given;
    await new Promise((resolve) => when(operation, resolve));
  }
}

function resultNow(operation) {
  for (;;) {
    const given = kvResult(operation);
    if (given !== AGAIN) return given;
    wait(operation);
  }
}

const viewAt = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

async function contentOf(value) {
  if (typeof value === "string") return value;
  const view = viewOf(value);
  if (view !== undefined) return view;
  if (isStream(value)) return readStream(value);
  throw new TypeError("a value is a string, an ArrayBuffer, a view on one, or a ReadableStream");
}

function timeToLive(options) {
  let seconds = 0;
  if (options?.expirationTtl !== undefined) seconds = Number(options.expirationTtl);
  else if (options?.expiration !== undefined) seconds = Number(options.expiration) - Date.now() / 1000;
  else return 0;
  if (!(seconds > 0)) throw new TypeError("a time to live is a number of seconds above 0");
  return Math.ceil(seconds * 1000);
}

function decoded(bytes, type) {
  switch (type) {
    case "text": return decodeUtf8(bytes, false);
    case "json": return JSON.parse(decodeUtf8(bytes, false));
    case "arrayBuffer": return bytes.slice().buffer;
    case "stream": return new Response(bytes).body;
    default: throw new TypeError(`a value cannot be had as "${type}": there are text, json, arrayBuffer and stream`);
  }
}

const typeOf = (options) => (typeof options === "string" ? options : options?.type ?? "text");

async function getOne(key, options) {
  const given = await result(begun(kvGet(String(key)), "get"));
  if (given === ABSENT) return { value: null, version: 0n };
  if (typeof given === "number") throw failure("get", key, given);
  return { value: decoded(given.subarray(8), typeOf(options)), version: viewAt(given).getBigUint64(0, true) };
}

async function written(operation, name, key) {
  const given = await result(begun(operation, name));
  if (typeof given === "number") throw failure(name, key, given);
  return given;
}

class KVNamespace {
  async get(key, options) {
    if (!Array.isArray(key)) return (await getOne(key, options)).value;
    return new Map(await Promise.all(key.map(async (each) => [each, (await getOne(each, options)).value])));
  }
  async getWithMetadata(key, options) {
    const { value, version } = await getOne(key, options);
    return { value, metadata: null, cacheStatus: null, version };
  }
  async put(key, value, options) {
    if (options?.metadata !== undefined && options.metadata !== null) throw new TypeError("metadata are not kept");
    const content = await contentOf(value);
    await written(kvPut(String(key), content, timeToLive(options), PUT_ALWAYS), "put", key);
  }
  async delete(key) { await written(kvDelete(String(key)), "delete", key); }
  async increment(key, by = 1, options) {
    const whole = typeof by === "bigint" ? by : BigInt(by);
    const given = await written(kvIncrement(String(key), whole, timeToLive(options)), "increment", key);
    const number = viewAt(given).getBigInt64(0, true);
    return typeof by === "bigint" ? number : Number(number);
  }
  /** Writes if the key still has that version, 0n if it is not there; whether it did. */
  async compareAndSwap(key, version, value, options) {
    const content = await contentOf(value);
    const operation = kvCompareAndSwap(String(key), BigInt(version), content, timeToLive(options));
    const given = await result(begun(operation, "compareAndSwap"));
    if (given === CONFLICT) return false;
    if (typeof given === "number") throw failure("compareAndSwap", key, given);
    return true;
  }
  async list(options = {}) {
    const limit = Math.min(Math.max(Math.trunc(Number(options?.limit ?? 1000)) || 1000, 1), 1000);
    const operation = kvList(String(options?.prefix ?? ""), String(options?.cursor ?? ""), limit);
    const bytes = await written(operation, "list", options?.prefix ?? "");
    const view = viewAt(bytes);
    const cursorSize = view.getUint32(0, true);
    const cursor = decodeUtf8(bytes.subarray(4, 4 + cursorSize), false);
    const keys = [];
    for (let at = 4 + cursorSize; at < bytes.length;) {
      const keySize = view.getUint32(at, true);
      const valueSize = view.getUint32(at + 4, true);
      keys.push({ name: decodeUtf8(bytes.subarray(at + 16, at + 16 + keySize), false) });
      at += 16 + keySize + valueSize;
    }
    return { keys, list_complete: cursor === "", ...(cursor === "" ? {} : { cursor }), cacheStatus: null };
  }
}
Object.defineProperty(KVNamespace.prototype, Symbol.toStringTag, { value: "KVNamespace", configurable: true });

let namespace;
/** env.KV, made when it is first asked for. */
export function keyValueStore() { return (namespace ??= new KVNamespace()); }

/** Of 0.6.0 to 1.7.0: text, at once. */
Object.defineProperty(globalThis, "Cache", {
  value: {
    get(key) {
      const given = resultNow(begun(kvGet(String(key)), "Cache.get"));
      if (given === ABSENT) return null;
      if (typeof given === "number") throw failure("Cache.get", key, given);
      return decodeUtf8(given.subarray(8), false);
    },
    set(key, value) {
      const given = resultNow(begun(kvPut(String(key), encodeUtf8(String(value)), 0, PUT_ALWAYS), "Cache.set"));
      if (typeof given === "number") throw failure("Cache.set", key, given);
    },
  },
  writable: true,
  configurable: true,
});
