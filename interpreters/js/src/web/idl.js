// What Web IDL gives every interface.

/** Makes a class an interface: its members can be enumerated, and its objects name it. */
export function define(type, name = type.name) {
  const members = Object.getOwnPropertyDescriptors(type.prototype);
  for (const key of Object.keys(members)) {
    if (key !== "constructor") Object.defineProperty(type.prototype, key, { enumerable: true });
  }
  for (const key of Object.getOwnPropertyNames(type)) {
    const member = Object.getOwnPropertyDescriptor(type, key);
    if (member.configurable && typeof member.value === "function" && key !== "prototype") {
      Object.defineProperty(type, key, { enumerable: true });
    }
  }
  Object.defineProperty(type.prototype, Symbol.toStringTag, { value: name, configurable: true });
  Object.defineProperty(globalThis, name, { value: type, writable: true, configurable: true });
  return type;
}

/** Numbers that never change, on the type and on its objects. */
export function constants(type, values) {
  for (const [name, value] of Object.entries(values)) {
    const member = { value, enumerable: true };
    Object.defineProperty(type, name, member);
    Object.defineProperty(type.prototype, name, member);
  }
}

/** Adds a function to the global object, as enumerable as standards have it. */
export function defineGlobal(name, value) {
  Object.defineProperty(globalThis, name, { value, writable: true, enumerable: true, configurable: true });
}

/** Adds an interface to the global object that is made when it is first asked for; a function can be enumerated. */
export function lazyGlobal(name, make, { enumerable = false } = {}) {
  const settle = (value) => Object.defineProperty(globalThis, name, { value, writable: true, enumerable, configurable: true });
  Object.defineProperty(globalThis, name, {
    get() {
      settle(make());
      return globalThis[name];
    },
    set: settle,
    enumerable,
    configurable: true,
  });
}

export function needArguments(given, wanted, where) {
  if (given < wanted) {
    throw new TypeError(`${where} needs ${wanted} argument${wanted === 1 ? "" : "s"}, and got ${given}`);
  }
}

/** What is a dictionary, or nothing; `where` is for the error. */
export function dictionary(value, where) {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" && typeof value !== "function") throw new TypeError(`${where} takes its options as an object`);
  return value;
}

/** A property of the global object that a script cannot set; one that is replaceable can be redefined by setting it. */
export function globalAttribute(name, get, { replaceable = false } = {}) {
  const set = (value) => Object.defineProperty(globalThis, name, { value, writable: true, enumerable: true, configurable: true });
  Object.defineProperty(get, "name", { value: `get ${name}` });
  Object.defineProperty(set, "name", { value: `set ${name}` });
  Object.defineProperty(globalThis, name, { get, set: replaceable ? set : undefined, enumerable: true, configurable: true });
}

/** The bytes of an ArrayBuffer or of a view on one, not copied; undefined for anything else. */
export function viewOf(value) {
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return undefined;
}

const iteratorPrototype = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));

/** Gives an interface of pairs entries(), keys(), values(), forEach() and its iterator. `pairs(object)` is asked anew at
 * each step, since an object may change meanwhile. */
export function definePairs(type, name, pairs) {
  const state = new WeakMap();
  const prototype = Object.create(iteratorPrototype, {
    next: {
      value: function next() {
        const own = state.get(this);
        if (own === undefined) throw new TypeError(`next is called on what is no iterator of ${name}`);
        const all = pairs(own.target);
        if (own.index >= all.length) return { value: undefined, done: true };
        const pair = all[own.index++];
        const value = own.kind === "entries" ? [pair[0], pair[1]] : pair[own.kind === "keys" ? 0 : 1];
        return { value, done: false };
      },
      writable: true,
      enumerable: true,
      configurable: true,
    },
    [Symbol.toStringTag]: { value: `${name} Iterator`, configurable: true },
  });
  const iterate = (target, kind) => {
    pairs(target);
    const iterator = Object.create(prototype);
    state.set(iterator, { target, kind, index: 0 });
    return iterator;
  };
  const methods = {
    entries() { return iterate(this, "entries"); },
    keys() { return iterate(this, "keys"); },
    values() { return iterate(this, "values"); },
    forEach(callback, self = undefined) {
      if (typeof callback !== "function") throw new TypeError(`${name}.forEach needs a function`);
      for (let index = 0, all = pairs(this); index < all.length; index++, all = pairs(this)) {
        callback.call(self, all[index][1], all[index][0], this);
      }
    },
  };
  for (const key of Object.keys(methods)) {
    Object.defineProperty(type.prototype, key, {
      value: methods[key], writable: true, enumerable: true, configurable: true,
    });
  }
  Object.defineProperty(type.prototype, Symbol.iterator, {
    value: type.prototype.entries, writable: true, configurable: true,
  });
}
