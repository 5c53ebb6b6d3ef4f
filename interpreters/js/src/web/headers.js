// Headers as the Fetch standard has them.
import { requestHeader, requestHeaders } from "wws:native";
import { define, definePairs, needArguments } from "wws:idl";

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const badValue = /[\0\r\n]|[^\0-\xff]/;
const space = /^[\t\n\r ]+|[\t\n\r ]+$/g;
const camel = /^[a-z]+(?:[A-Z][a-z]*)+$/;

/** Old workers write and ask for names such as `userAgent`. */
const settings = { takesCamelCase: false };
export function takeCamelCase() { settings.takesCamelCase = true; }

const dashed = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function nameOf(name) {
  name = String(name);
  if (!token.test(name)) throw new TypeError(`Invalid header name: "${name}"`);
  if (settings.takesCamelCase && camel.test(name)) return dashed(name);
  return name.toLowerCase();
}

function valueOf(value, name) {
  value = String(value).replace(space, "");
  if (badValue.test(value)) throw new TypeError(`Invalid value of the header "${name}"`);
  return value;
}

const internal = Symbol("Headers");

export class Headers {
  #list = [];  // name in lower case, value, name, value, ...
  #isIncoming = false;  // the list is still the server's
  #isImmutable = false;

  constructor(init) {
    if (init !== undefined) this.#fill(init);
  }
  #fill(init) {
    if (init === null || (typeof init !== "object" && typeof init !== "function")) {
      throw new TypeError("Headers are made of an object, or of pairs of a name and a value");
    }
    if (init instanceof Headers && init[Symbol.iterator] === Headers.prototype[Symbol.iterator]) {
      init.#load();
      this.#list = [...init.#list];
      return;
    }
    const iterate = init[Symbol.iterator];
    if (iterate !== undefined && iterate !== null) {
      if (typeof iterate !== "function") throw new TypeError("Headers need pairs that can be iterated");
      for (const pair of init) {
        if (typeof pair !== "object" || pair === null) throw new TypeError("Headers need pairs of a name and a value");
        const both = [...pair];
        if (both.length !== 2) throw new TypeError("Headers need pairs of a name and a value");
        this.append(both[0], both[1]);
      }
      return;
    }
    for (const name of Reflect.ownKeys(init)) {
      if (!Object.getOwnPropertyDescriptor(init, name)?.enumerable) continue;
      if (typeof name === "symbol") throw new TypeError("a symbol is no header name");
      this.append(name, init[name]);
    }
  }
  #load() {
    if (!this.#isIncoming) return;
    this.#isIncoming = false;
    this.#list = requestHeaders();
  }
  #check() {
    if (this.#isImmutable) throw new TypeError("these headers cannot be changed; make new ones: new Headers(headers)");
    this.#load();
  }
  #joined(name) {
    let joined = null;
    for (let at = 0; at < this.#list.length; at += 2) {
      if (this.#list[at] === name) joined = joined === null ? this.#list[at + 1] : `${joined}, ${this.#list[at + 1]}`;
    }
    return joined;
  }
  #without(name) {
    const kept = [];
    for (let at = 0; at < this.#list.length; at += 2) {
      if (this.#list[at] !== name) kept.push(this.#list[at], this.#list[at + 1]);
    }
    return kept;
  }

  append(name, value) {
    needArguments(arguments.length, 2, "Headers.append");
    const lower = nameOf(name);
    value = valueOf(value, lower);
    this.#check();
    this.#list.push(lower, value);
  }
  set(name, value) {
    needArguments(arguments.length, 2, "Headers.set");
    const lower = nameOf(name);
    value = valueOf(value, lower);
    this.#check();
    const first = this.#list.findIndex((each, at) => at % 2 === 0 && each === lower);
    if (first < 0) {
      this.#list.push(lower, value);
      return;
    }
    const before = this.#list.slice(0, first);
    this.#list = [...before, lower, value, ...this.#without(lower).slice(first)];
  }
  get(name) {
    needArguments(arguments.length, 1, "Headers.get");
    const lower = nameOf(name);
    if (this.#isIncoming) return requestHeader(lower);
    return this.#joined(lower);
  }
  has(name) {
    needArguments(arguments.length, 1, "Headers.has");
    const lower = nameOf(name);
    if (this.#isIncoming) return requestHeader(lower) !== null;
    return this.#list.some((each, at) => at % 2 === 0 && each === lower);
  }
  delete(name) {
    needArguments(arguments.length, 1, "Headers.delete");
    const lower = nameOf(name);
    this.#check();
    this.#list = this.#without(lower);
  }
  getSetCookie() {
    this.#load();
    return this.#list.filter((_, at) => at % 2 === 1 && this.#list[at - 1] === "set-cookie");
  }

  static {
    Object.defineProperty(this, internal, { value: {
      incoming: () => {
        const headers = new Headers();
        headers.#isIncoming = true;
        headers.#isImmutable = true;
        return headers;
      },
      of: (list) => {
        const headers = new Headers();
        headers.#list = list;
        return headers;
      },
      freeze: (headers) => {
        headers.#isImmutable = true;
        return headers;
      },
      list: (headers) => {
        headers.#load();
        return headers.#list;
      },
      pairs: (headers) => {
        headers.#load();
        const names = [...new Set(headers.#list.filter((_, at) => at % 2 === 0))].sort();
        const pairs = [];
        for (const name of names) {
          if (name === "set-cookie") {
            for (const value of headers.getSetCookie()) pairs.push([name, value]);
          } else {
            pairs.push([name, headers.#joined(name)]);
          }
        }
        return pairs;
      },
    } });
  }
}
define(Headers);
definePairs(Headers, "Headers", Headers[internal].pairs);

/** Those of the request that is answered; nothing is read yet. */
export const incomingHeaders = Headers[internal].incoming;
/** Of a list [name in lower case, value, ...]. */
export const headersOf = Headers[internal].of;
export const freezeHeaders = Headers[internal].freeze;
/** [name in lower case, value, ...], as they were added. Not to be changed. */
export const headerList = Headers[internal].list;
