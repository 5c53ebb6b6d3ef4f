// The key-value store: env.KV, the namespaces of [data.kv.bindings], and the Cache of old workers.
import {
  decodeUtf8, encodeUtf8, kvCompareAndSwap, kvDelete, kvGet, kvGetMany, kvIncrement, kvList, kvPut, kvResult,
  kvResultWithMetadata, kvSelect, kvTransaction, wait, when,
} from "wws:native";
import { readStream } from "wws:body";
import { viewOf } from "wws:idl";
import { isStream } from "wws:streams";

const AGAIN = -1, ABSENT = -5, CONFLICT = -7, TOO_MUCH = -14;
const PUT_ALWAYS = 0;
const CHECK = 1, PUT_WITH_METADATA = 5;
const MOST_METADATA = 1024;
const MOST_KEYS = 1000;

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

function refuseAbsent(name) {
  throw new TypeError(`${name}: this worker has no key-value store; its TOML needs [data.kv] with a namespace`);
}

/** The binding whose namespace operations mean that begin now; empty: the namespace of [data.kv]. */
let selected = "";

/** To be called right before an operation begins: others may have begun since. */
function select(binding, name) {
  if (binding === selected) return;
  if (kvSelect(binding) < 0) refuseAbsent(name);
  selected = binding;
}

function begun(operation, name) {
  if (operation === ABSENT) refuseAbsent(name);
  if (operation < 0) throw failure(name, "", operation);
  return operation;
}

/** The result's bytes, or a code below 0. */
async function result(operation, take = kvResult) {
  for (;;) {
    const given = take(operation);
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

/** The same, or an error that says why there is none. */
async function needed(operation, name, key, take) {
  const given = await result(begun(operation, name), take);
  if (typeof given === "number") throw failure(name, key, given);
  return given;
}

const viewAt = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Numbers of so many bytes each, and bytes, one behind the other. */
function joined(parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + (Array.isArray(part) ? part[1] : part.length), 0));
  const view = viewAt(bytes);
  let at = 0;
  for (const part of parts) {
    if (!Array.isArray(part)) bytes.set(part, at);
    else if (part[1] === 4) view.setUint32(at, part[0], true);
    else view.setBigInt64(at, BigInt(part[0]), true);
    at += Array.isArray(part) ? part[1] : part.length;
  }
  return bytes;
}

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

/** As JSON; undefined: there are none. */
function metadataOf(options) {
  const metadata = options?.metadata;
  if (metadata === undefined || metadata === null) return undefined;
  const text = JSON.stringify(metadata);
  if (text === undefined) throw new TypeError("metadata are a value that JSON can hold");
  const size = encodeUtf8(text).length;
  if (size > MOST_METADATA) throw new TypeError(`metadata have at most ${MOST_METADATA} bytes as JSON, and these ${size}`);
  return text;
}

/** What other workers wrote may be another text. */
function parsed(bytes) {
  if (bytes.length === 0) return null;
  const text = decodeUtf8(bytes, false);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
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

/** In seconds since 1970, as put() takes it; null: never. */
const expirationOf = (milliseconds) => (milliseconds === 0n ? null : Math.round(Number(milliseconds) / 1000));

const nothing = () => ({ value: null, metadata: null, cacheStatus: null, version: 0n, expiration: null });

function withMetadata(version, expiry, metadata, value, type) {
  return {
    value: decoded(value, type), metadata: parsed(metadata), cacheStatus: null, version, expiration: expirationOf(expiry),
  };
}

/** What getWithMetadata() gives of each key, in their order. More than one answer may hold is asked for in parts. */
async function readMany(binding, keys, type) {
  if (keys.length === 0) return [];
  let given = TOO_MUCH;
  if (keys.length <= MOST_KEYS) {
    select(binding, "get");
    const names = keys.map((key) => encodeUtf8(key));
    const operation = kvGetMany(joined(names.flatMap((name) => [[name.length, 4], name])));
    given = await result(begun(operation, "get"), kvResultWithMetadata);
  }
  if (given === TOO_MUCH && keys.length > 1) {
    const half = keys.length >> 1;
    return [...await readMany(binding, keys.slice(0, half), type), ...await readMany(binding, keys.slice(half), type)];
  }
  if (typeof given === "number") throw failure("get", keys.join(", "), given);
  const view = viewAt(given);
  let at = 0;
  return keys.map(() => {
    const version = view.getBigUint64(at, true);
    const value = at + 24 + view.getUint32(at + 16, true);
    const end = value + view.getUint32(at + 20, true);
    const entry = version === 0n ? nothing() : withMetadata(
      version, view.getBigInt64(at + 8, true), given.subarray(at + 24, value), given.subarray(value, end), type);
    at = end;
    return entry;
  });
}

/** Where a page of a list ended, as text: keys may be any bytes. */
const cursorOf = (key) => btoa(String.fromCharCode(...key));

function keyOf(cursor) {
  try {
    return Uint8Array.from(atob(String(cursor ?? "")), (each) => each.charCodeAt(0));
  } catch {
    throw new TypeError("list: the cursor is none that list() gave");
  }
}

function listed(bytes) {
  const view = viewAt(bytes);
  const next = bytes.subarray(4, 4 + view.getUint32(0, true));
  const keys = [];
  for (let at = 4 + next.length; at < bytes.length;) {
    const keyAt = at + 28;
    const metadataAt = keyAt + view.getUint32(at, true);
    const valueAt = metadataAt + view.getUint32(at + 20, true);
    const expiration = expirationOf(view.getBigInt64(at + 12, true));
    const metadata = parsed(bytes.subarray(metadataAt, valueAt));
    keys.push({
      name: decodeUtf8(bytes.subarray(keyAt, metadataAt), false),
      ...(expiration === null ? {} : { expiration }),
      ...(metadata === null ? {} : { metadata }),
    });
    at = valueAt + view.getUint32(at + 24, true);
  }
  return next.length === 0
    ? { keys, list_complete: true, cacheStatus: null }
    : { keys, list_complete: false, cursor: cursorOf(next), cacheStatus: null };
}

/** Writes with metadata if the key still has the version. */
function swapWithMetadata(key, version, content, milliseconds, metadata) {
  const [name, value, about] = [key, content, metadata].map((each) => (typeof each === "string" ? encodeUtf8(each) : each));
  return kvTransaction(joined([
    [CHECK, 4], [name.length, 4], [version, 8], name,
    [PUT_WITH_METADATA, 4], [name.length, 4], [value.length, 4], [about.length, 4], [milliseconds, 8], name, value, about,
  ]));
}

class KVNamespace {
  #binding;
  constructor(binding) { this.#binding = binding; }

  async get(key, options) {
    const type = typeOf(options);
    if (Array.isArray(key)) {
      const keys = key.map(String);
      const all = await readMany(this.#binding, keys, type);
      return new Map(keys.map((each, place) => [each, all[place].value]));
    }
    select(this.#binding, "get");
    const given = await result(begun(kvGet(String(key)), "get"));
    if (given === ABSENT) return null;
    if (typeof given === "number") throw failure("get", key, given);
    return decoded(given.subarray(8), type);
  }
  async getWithMetadata(key, options) {
    const type = typeOf(options);
    if (Array.isArray(key)) {
      const keys = key.map(String);
      const all = await readMany(this.#binding, keys, type);
      return new Map(keys.map((each, place) => [each, all[place]]));
    }
    select(this.#binding, "getWithMetadata");
    const given = await result(begun(kvGet(String(key)), "getWithMetadata"), kvResultWithMetadata);
    if (given === ABSENT) return nothing();
    if (typeof given === "number") throw failure("getWithMetadata", key, given);
    const view = viewAt(given);
    const valueAt = 20 + view.getUint32(16, true);
    return withMetadata(
      view.getBigUint64(0, true), view.getBigInt64(8, true), given.subarray(20, valueAt), given.subarray(valueAt), type);
  }
  async put(key, value, options) {
    const milliseconds = timeToLive(options);
    const metadata = metadataOf(options);
    const content = await contentOf(value);
    select(this.#binding, "put");
    await needed(kvPut(String(key), content, milliseconds, PUT_ALWAYS, metadata), "put", key);
  }
  async delete(key) {
    select(this.#binding, "delete");
    await needed(kvDelete(String(key)), "delete", key);
  }
  async increment(key, by = 1, options) {
    const whole = typeof by === "bigint" ? by : BigInt(by);
    const milliseconds = timeToLive(options);
    select(this.#binding, "increment");
    const given = await needed(kvIncrement(String(key), whole, milliseconds), "increment", key);
    const number = viewAt(given).getBigInt64(0, true);
    return typeof by === "bigint" ? number : Number(number);
  }
  /** Writes if the key still has that version, 0n if it is not there; whether it did. */
  async compareAndSwap(key, version, value, options) {
    const expected = BigInt(version);
    const milliseconds = timeToLive(options);
    const metadata = metadataOf(options);
    const content = await contentOf(value);
    select(this.#binding, "compareAndSwap");
    const operation = metadata === undefined
      ? kvCompareAndSwap(String(key), expected, content, milliseconds)
      : swapWithMetadata(String(key), expected, content, milliseconds, metadata);
    const given = await result(begun(operation, "compareAndSwap"));
    if (given === CONFLICT) return false;
    if (typeof given === "number") throw failure("compareAndSwap", key, given);
    return true;
  }
  async list(options) {
    const limit = Math.min(Math.max(Math.trunc(Number(options?.limit ?? MOST_KEYS)) || MOST_KEYS, 1), MOST_KEYS);
    const prefix = String(options?.prefix ?? "");
    const after = keyOf(options?.cursor);
    select(this.#binding, "list");
    return listed(await needed(kvList(prefix, after, limit), "list", prefix, kvResultWithMetadata));
  }
}
Object.defineProperty(KVNamespace.prototype, Symbol.toStringTag, { value: "KVNamespace", configurable: true });

/** The namespace of a binding. */
export const namespaceOf = (binding) => new KVNamespace(binding);

let namespace;
/** env.KV, made when it is first asked for. */
export function keyValueStore() { return (namespace ??= new KVNamespace("")); }

/** Of 0.6.0 to 1.7.0: text, at once. */
Object.defineProperty(globalThis, "Cache", {
  value: {
    get(key) {
      select("", "Cache.get");
      const given = resultNow(begun(kvGet(String(key)), "Cache.get"));
      if (given === ABSENT) return null;
      if (typeof given === "number") throw failure("Cache.get", key, given);
      return decodeUtf8(given.subarray(8), false);
    },
    set(key, value) {
      select("", "Cache.set");
      const given = resultNow(begun(kvPut(String(key), encodeUtf8(String(value)), 0, PUT_ALWAYS), "Cache.set"));
      if (typeof given === "number") throw failure("Cache.set", key, given);
    },
  },
  writable: true,
  configurable: true,
});
