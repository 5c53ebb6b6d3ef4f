// structuredClone, and the copies that message ports send.
import { detach, isError } from "wws:native";
import { Blob, File } from "wws:blob";
import { cloneKey } from "wws:crypto";
import { needArguments } from "wws:idl";

const errors = { EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

/** [test, copy, move] of what other modules make: whether it is theirs; a copy of it; what stands for it elsewhere as
 * { copy, commit }, where commit() takes it from its owner. */
const others = [];
export function addCloneable({ test, copy, move }) { others.push({ test, copy, move }); }

export const refusal = (message) => new DOMException(message, "DataCloneError");

function refuse(value) {
  const name = typeof value === "function" ? `the function ${value.name || "without a name"}`
    : typeof value === "symbol" ? String(value) : Object.prototype.toString.call(value);
  throw refusal(`${name} cannot be cloned`);
}

/** A slot of the engine's is there if its method does not throw. */
function isOf(method, value, ...given) {
  try {
    method.call(value, ...given);
    return true;
  } catch {
    return false;
  }
}

/** Whether it is an object of an interface or of the language's own, and not of a class of the script. */
function isPlatform(value) {
  const tag = value[Symbol.toStringTag];
  if (typeof tag !== "string") return value instanceof WeakRef;
  for (let holder = value; holder !== null; holder = Object.getPrototypeOf(holder)) {
    if (!Object.hasOwn(holder, Symbol.toStringTag)) continue;
    if (holder === value) return false;
    return /Generator$|Iterator$/.test(tag) || globalThis[tag]?.prototype === holder;
  }
  return false;
}

const { get: byteLengthOf } = Object.getOwnPropertyDescriptor(DataView.prototype, "byteLength");
const { get: sourceOf } = Object.getOwnPropertyDescriptor(RegExp.prototype, "source");

class Cloner {
  #known;
  constructor(known) { this.#known = known; }

  clone(value) {
    if (typeof value === "function" || typeof value === "symbol") refuse(value);
    if (typeof value !== "object" || value === null) return value;
    if (this.#known.has(value)) return this.#known.get(value);
    return this.#object(value);
  }
  #keep(value, copy) {
    this.#known.set(value, copy);
    return copy;
  }
  #object(value) {
    if (Array.isArray(value)) return this.#properties(value, this.#keep(value, new Array(value.length)));
    if (value instanceof ArrayBuffer) return this.#buffer(value);
    if (ArrayBuffer.isView(value)) return this.#view(value);
    if (isError(value)) return this.#error(value);
    if (value instanceof DOMException) return this.#keep(value, new DOMException(value.message, value.name));
    if (value instanceof File) {
      return this.#keep(value, new File([value], value.name, { type: value.type, lastModified: value.lastModified }));
    }
    const key = cloneKey(value);
    if (key !== undefined) return this.#keep(value, key);
    if (value instanceof Blob) return this.#keep(value, new Blob([value], { type: value.type }));
    if (isOf(Date.prototype.getTime, value)) return this.#keep(value, new Date(Date.prototype.getTime.call(value)));
    if (value !== RegExp.prototype && isOf(sourceOf, value)) {
      return this.#keep(value, new RegExp(value.source, value.flags));
    }
    for (const type of [Boolean, Number, String, BigInt]) {
      if (isOf(type.prototype.valueOf, value)) return this.#keep(value, Object(type.prototype.valueOf.call(value)));
    }
    if (isOf(Map.prototype.has, value, 0)) return this.#map(value);
    if (isOf(Set.prototype.has, value, 0)) return this.#set(value);
    const other = others.find(({ test, copy }) => copy !== undefined && test(value));
    if (other !== undefined) return this.#keep(value, other.copy(value));
    if (isPlatform(value) || isOf(Symbol.prototype.valueOf, value)) refuse(value);
    return this.#properties(value, this.#keep(value, {}));
  }
  #properties(value, copy) {
    for (const key of Object.keys(value)) {
      if (!Object.hasOwn(value, key)) continue;
      Object.defineProperty(copy, key, {
        value: this.clone(value[key]), writable: true, enumerable: true, configurable: true,
      });
    }
    return copy;
  }
  #buffer(value) {
    if (value.detached) throw refusal("a detached ArrayBuffer cannot be cloned");
    if (!value.resizable) return this.#keep(value, value.slice(0));
    const copy = new ArrayBuffer(value.byteLength, { maxByteLength: value.maxByteLength });
    new Uint8Array(copy).set(new Uint8Array(value));
    return this.#keep(value, copy);
  }
  #view(value) {
    const isData = value instanceof DataView;
    if (!isOf(isData ? byteLengthOf : Uint8Array.prototype.keys, value)) throw refusal("a view outside of its buffer cannot be cloned");
    const { buffer, byteOffset, byteLength } = value;
    const type = isData ? DataView : globalThis[value[Symbol.toStringTag]];
    const copy = this.#known.get(buffer) ?? this.#buffer(buffer);
    // One that is as long as its buffer stays so.
    const isTracking = buffer.resizable && byteOffset + byteLength === buffer.byteLength;
    return this.#keep(value, isTracking ? new type(copy, byteOffset)
      : new type(copy, byteOffset, isData ? byteLength : value.length));
  }
  #error(value) {
    const { name, stack } = value;
    const type = Object.hasOwn(errors, String(name)) ? errors[name] : Error;
    const message = Object.getOwnPropertyDescriptor(value, "message");
    const error = this.#keep(value, new type());
    const put = (key, each) => Object.defineProperty(error, key, { value: each, writable: true, configurable: true });
    if (message !== undefined && "value" in message) put("message", String(message.value));
    if (typeof stack === "string") put("stack", stack);
    if (Object.hasOwn(value, "cause")) put("cause", this.clone(value.cause));
    return error;
  }
  #map(value) {
    const copy = this.#keep(value, new Map());
    for (const [key, each] of [...Map.prototype.entries.call(value)]) copy.set(this.clone(key), this.clone(each));
    return copy;
  }
  #set(value) {
    const copy = this.#keep(value, new Set());
    for (const each of [...Set.prototype.values.call(value)]) copy.add(this.clone(each));
    return copy;
  }
}

/** [a copy of the value, what each of `transfer` is now]. If it throws, nothing was moved. */
export function cloneAndMove(value, transfer) {
  const known = new Map();
  const moves = [];
  for (const each of transfer) {
    if (known.has(each)) throw refusal("what is transferred is there twice");
    if (each instanceof ArrayBuffer) {
      if (each.detached) throw refusal("a detached ArrayBuffer cannot be transferred");
      known.set(each, undefined);
      moves.push(() => detach(each));
      continue;
    }
    const move = others.find((other) => other.move !== undefined && other.test(each))?.move;
    if (move === undefined) throw refusal(`${Object.prototype.toString.call(each)} cannot be transferred`);
    const { copy, commit } = move(each, transfer);
    known.set(each, copy);
    moves.push(commit);
  }
  // A buffer's bytes are copied: whoever has it keeps it until nothing can throw any more.
  for (const each of transfer) if (known.get(each) === undefined) known.delete(each);
  const cloner = new Cloner(known);
  const copy = cloner.clone(value);
  const moved = transfer.map((each) => cloner.clone(each));
  for (const commit of moves) commit();
  return [copy, moved];
}

/** The list that options of structuredClone and postMessage name. */
export function transferOf(options) {
  if (options === undefined || options === null) return [];
  if (typeof options !== "object" && typeof options !== "function") throw new TypeError("the options are an object");
  const list = typeof options[Symbol.iterator] === "function" ? options : options.transfer ?? [];
  const all = [...list];
  for (const each of all) {
    if (typeof each !== "object" || each === null) throw new TypeError("only objects can be transferred");
  }
  return all;
}

// Streams: the copy reads from, or writes to, the one that was moved, which is locked from then on. Each chunk is cloned.
const isStream = (name) => (value) => Object.prototype.toString.call(value) === `[object ${name}]` && value instanceof globalThis[name];
const chunk = (value) => cloneAndMove(value, [])[0];
function unlocked(stream) {
  if (stream.locked) throw refusal("a stream that is locked cannot be transferred");
}
function moveReadable(stream) {
  unlocked(stream);
  let reader;
  const copy = new ReadableStream({
    async pull(controller) {
      const { value, done } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(chunk(value));
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
  return { copy, commit: () => { reader = stream.getReader(); } };
}
function moveWritable(stream) {
  unlocked(stream);
  let writer;
  const copy = new WritableStream({
    write: async (value) => {
      await writer.ready;
      return writer.write(chunk(value));
    },
    close: () => writer.close(),
    abort: (reason) => writer.abort(reason),
  });
  return { copy, commit: () => { writer = stream.getWriter(); } };
}
addCloneable({ test: isStream("ReadableStream"), move: moveReadable });
addCloneable({ test: isStream("WritableStream"), move: moveWritable });
addCloneable({
  test: isStream("TransformStream"),
  move(stream, transfer) {
    if (transfer.includes(stream.readable) || transfer.includes(stream.writable)) {
      throw refusal("a TransformStream takes its own two streams with it");
    }
    const readable = moveReadable(stream.readable);
    const writable = moveWritable(stream.writable);
    const copy = Object.create(TransformStream.prototype, {
      readable: { value: readable.copy, enumerable: true }, writable: { value: writable.copy, enumerable: true },
    });
    return { copy, commit: () => { readable.commit(); writable.commit(); } };
  },
});

export function structuredClone(value, options = undefined) {
  needArguments(arguments.length, 1, "structuredClone");
  if (options !== undefined && options !== null && typeof options[Symbol.iterator] === "function") options = undefined;
  return cloneAndMove(value, transferOf(options))[0];
}
