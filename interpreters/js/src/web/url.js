// URL and URLSearchParams; the native side parses.
import { formatQuery, parseQuery, parseUrl, setUrl, toUsv } from "wws:native";
import { define, definePairs, needArguments } from "wws:idl";

const HREF = 0, ORIGIN = 1, PROTOCOL = 2, USERNAME = 3, PASSWORD = 4, HOST = 5, HOSTNAME = 6, PORT = 7, PATHNAME = 8,
  SEARCH = 9, HASH = 10;
const internal = Symbol("URLSearchParams");

export class URLSearchParams {
  #list = [];  // name, value, name, value, ...
  #url = null;

  constructor(init = "") {
    if (typeof init === "object" && init !== null || typeof init === "function") {
      const iterate = init[Symbol.iterator];
      if (iterate !== undefined && iterate !== null) {
        if (typeof iterate !== "function") throw new TypeError("URLSearchParams needs pairs that can be iterated");
        for (const pair of init) {
          const both = [...pair];
          if (both.length !== 2) throw new TypeError("URLSearchParams needs pairs of a name and a value");
          this.#list.push(toUsv(both[0]), toUsv(both[1]));
        }
      } else {
        const values = new Map();
        for (const name of Reflect.ownKeys(init)) {
          if (!Object.getOwnPropertyDescriptor(init, name)?.enumerable) continue;
          values.set(toUsv(name), toUsv(init[name]));
        }
        for (const [name, value] of values) this.#list.push(name, value);
      }
      return;
    }
    const text = toUsv(init);
    this.#list = parseQuery(text.startsWith("?") ? text.slice(1) : text);
  }
  #changed() { this.#url?.(this.toString()); }

  get size() { return this.#list.length / 2; }
  append(name, value) {
    needArguments(arguments.length, 2, "URLSearchParams.append");
    this.#list.push(toUsv(name), toUsv(value));
    this.#changed();
  }
  delete(name, value = undefined) {
    needArguments(arguments.length, 1, "URLSearchParams.delete");
    name = toUsv(name);
    const wanted = value === undefined ? undefined : toUsv(value);
    this.#keep((key, other) => key !== name || (wanted !== undefined && other !== wanted));
    this.#changed();
  }
  #keep(isKept) {
    const kept = [];
    for (let at = 0; at < this.#list.length; at += 2) {
      if (isKept(this.#list[at], this.#list[at + 1], at)) kept.push(this.#list[at], this.#list[at + 1]);
    }
    this.#list = kept;
  }
  get(name) {
    needArguments(arguments.length, 1, "URLSearchParams.get");
    name = toUsv(name);
    for (let at = 0; at < this.#list.length; at += 2) if (this.#list[at] === name) return this.#list[at + 1];
    return null;
  }
  getAll(name) {
    needArguments(arguments.length, 1, "URLSearchParams.getAll");
    name = toUsv(name);
    return this.#list.filter((_, at) => at % 2 === 1 && this.#list[at - 1] === name);
  }
  has(name, value = undefined) {
    needArguments(arguments.length, 1, "URLSearchParams.has");
    name = toUsv(name);
    const wanted = value === undefined ? undefined : toUsv(value);
    for (let at = 0; at < this.#list.length; at += 2) {
      if (this.#list[at] === name && (wanted === undefined || this.#list[at + 1] === wanted)) return true;
    }
    return false;
  }
  set(name, value) {
    needArguments(arguments.length, 2, "URLSearchParams.set");
    name = toUsv(name);
    value = toUsv(value);
    const first = this.#list.findIndex((each, at) => at % 2 === 0 && each === name);
    if (first < 0) {
      this.#list.push(name, value);
    } else {
      this.#list[first + 1] = value;
      this.#keep((key, _, at) => key !== name || at === first);
    }
    this.#changed();
  }
  sort() {
    const pairs = URLSearchParams[internal].pairs(this);
    pairs.sort((one, other) => (one[0] < other[0] ? -1 : one[0] > other[0] ? 1 : 0));
    this.#list = pairs.flat();
    this.#changed();
  }
  toString() { return formatQuery(this.#list); }

  static {
    Object.defineProperty(this, internal, { value: {
      pairs: (params) => {
        const pairs = [];
        for (let at = 0; at < params.#list.length; at += 2) pairs.push([params.#list[at], params.#list[at + 1]]);
        return pairs;
      },
      of: (query, changed) => {
        const params = new URLSearchParams(query);
        params.#url = changed;
        return params;
      },
      reset: (params, query) => { params.#list = parseQuery(query.startsWith("?") ? query.slice(1) : query); },
    } });
  }
}
define(URLSearchParams);
definePairs(URLSearchParams, "URLSearchParams", URLSearchParams[internal].pairs);

/** The parts of a URL that may be relative to `location`, where a script has one: workers have none. */
export function parseHere(text) {
  const base = globalThis.location?.href;
  return parseUrl(text) ?? (typeof base === "string" ? parseUrl(text, base) : null);
}

export class URL {
  #parts;
  #params = null;

  constructor(text, base = undefined) {
    needArguments(arguments.length, 1, "new URL");
    this.#parts = parseUrl(`${text}`, base === undefined ? undefined : `${base}`);
    if (this.#parts === null) {
      throw new TypeError(`Invalid URL: ${String(text)}${base === undefined ? "" : `, relative to ${String(base)}`}`);
    }
  }
  #set(part, value) {
    this.#parts = setUrl(this.#parts[HREF], part, `${value}`) ?? this.#parts;
    if (this.#params !== null) URLSearchParams[internal].reset(this.#params, this.#parts[SEARCH]);
  }
  get href() { return this.#parts[HREF]; }
  set href(value) {
    const parts = parseUrl(`${value}`);
    if (parts === null) throw new TypeError(`Invalid URL: ${String(value)}`);
    this.#parts = parts;
    if (this.#params !== null) URLSearchParams[internal].reset(this.#params, parts[SEARCH]);
  }
  get origin() { return this.#parts[ORIGIN]; }
  get protocol() { return this.#parts[PROTOCOL]; }
  set protocol(value) { this.#set(PROTOCOL, value); }
  get username() { return this.#parts[USERNAME]; }
  set username(value) { this.#set(USERNAME, value); }
  get password() { return this.#parts[PASSWORD]; }
  set password(value) { this.#set(PASSWORD, value); }
  get host() { return this.#parts[HOST]; }
  set host(value) { this.#set(HOST, value); }
  get hostname() { return this.#parts[HOSTNAME]; }
  set hostname(value) { this.#set(HOSTNAME, value); }
  get port() { return this.#parts[PORT]; }
  set port(value) { this.#set(PORT, value); }
  get pathname() { return this.#parts[PATHNAME]; }
  set pathname(value) { this.#set(PATHNAME, value); }
  get search() { return this.#parts[SEARCH]; }
  set search(value) { this.#set(SEARCH, value); }
  get hash() { return this.#parts[HASH]; }
  set hash(value) { this.#set(HASH, value); }
  get searchParams() {
    this.#params ??= URLSearchParams[internal].of(this.#parts[SEARCH], (query) => {
      this.#parts = setUrl(this.#parts[HREF], SEARCH, query) ?? this.#parts;
    });
    return this.#params;
  }
  toString() { return this.#parts[HREF]; }
  toJSON() { return this.#parts[HREF]; }
  static canParse(text, base = undefined) {
    needArguments(arguments.length, 1, "URL.canParse");
    return parseUrl(`${text}`, base === undefined ? undefined : `${base}`) !== null;
  }
  static parse(text, base = undefined) {
    needArguments(arguments.length, 1, "URL.parse");
    return URL.canParse(text, base) ? new URL(text, base) : null;
  }
}
define(URL);
