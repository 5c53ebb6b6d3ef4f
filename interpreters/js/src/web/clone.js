// structuredClone.
import { detach } from "wws:native";
import { Blob, File } from "wws:blob";
import { defineGlobal, needArguments } from "wws:idl";

const errors = { EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

function refuse(value) {
  const name = typeof value === "function" ? `the function ${value.name || "without a name"}`
    : typeof value === "symbol" ? String(value) : Object.prototype.toString.call(value);
  throw new DOMException(`${name} cannot be cloned`, "DataCloneError");
}

function tag(value) {
  return Object.prototype.toString.call(value).slice(8, -1);
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

class Cloner {
  #known = new Map();
  constructor(moved) { this.moved = moved; }

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
    if (value instanceof Error || value instanceof DOMException) return this.#error(value);
    if (value instanceof File) {
      return this.#keep(value, new File([value], value.name, { type: value.type, lastModified: value.lastModified }));
    }
    if (value instanceof Blob) return this.#keep(value, new Blob([value], { type: value.type }));
    if (isOf(Date.prototype.getTime, value)) return this.#keep(value, new Date(Date.prototype.getTime.call(value)));
    if (value instanceof RegExp) return this.#keep(value, new RegExp(value.source, value.flags));
    for (const type of [Boolean, Number, String, BigInt]) {
      if (isOf(type.prototype.valueOf, value)) return this.#keep(value, Object(type.prototype.valueOf.call(value)));
    }
    if (isOf(Map.prototype.has, value, 0)) return this.#map(value);
    if (isOf(Set.prototype.has, value, 0)) return this.#set(value);
    const isPlain = tag(value) === "Object" || tag(value) === "Arguments" ||
      Object.prototype.hasOwnProperty.call(value, Symbol.toStringTag);
    if (!isPlain || value instanceof WeakRef) refuse(value);
    return this.#properties(value, this.#keep(value, {}));
  }
  #properties(value, copy) {
    for (const key of Object.keys(value)) {
      Object.defineProperty(copy, key, {
        value: this.clone(value[key]), writable: true, enumerable: true, configurable: true,
      });
    }
    return copy;
  }
  #buffer(value) {
    if (value.detached) throw new DOMException("a detached ArrayBuffer cannot be cloned", "DataCloneError");
    return this.#keep(value, this.moved.has(value) ? value.transfer() : value.slice(0));
  }
  #view(value) {
    const { byteOffset, constructor } = value;
    const length = value instanceof DataView ? value.byteLength : value.length;
    const type = value instanceof DataView ? DataView : globalThis[tag(value)] ?? constructor;
    const buffer = this.#known.get(value.buffer) ?? this.#buffer(value.buffer);
    return this.#keep(value, new type(buffer, byteOffset, length));
  }
  #error(value) {
    if (value instanceof DOMException) return this.#keep(value, new DOMException(value.message, value.name));
    const type = errors[value.name] ?? Error;
    const error = this.#keep(value, new type(String(value.message)));
    Object.defineProperty(error, "stack", { value: value.stack, writable: true, configurable: true });
    if ("cause" in value) {
      Object.defineProperty(error, "cause", { value: this.clone(value.cause), writable: true, configurable: true });
    }
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

defineGlobal("structuredClone", function structuredClone(value, options = {}) {
  needArguments(arguments.length, 1, "structuredClone");
  const moved = new Set(options?.transfer ?? []);
  for (const each of moved) {
    if (!(each instanceof ArrayBuffer)) throw new DOMException("only an ArrayBuffer can be transferred", "DataCloneError");
    if (each.detached) throw new DOMException("a detached ArrayBuffer cannot be transferred", "DataCloneError");
  }
  const copy = new Cloner(moved).clone(value);
  for (const each of moved) if (!each.detached) detach(each);
  return copy;
});
