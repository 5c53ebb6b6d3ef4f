// URLPattern; the native side parses and matches.
import { makePattern, matchPattern, patternParts, toUsv } from "wws:native";
import { define, needArguments } from "wws:idl";

const components = ["protocol", "username", "password", "hostname", "port", "pathname", "search", "hash"];
const members = [...components, "baseURL"];
const GROUPS = components.length;

const isObject = (value) => (typeof value === "object" && value !== null) || typeof value === "function";

/** A string, or the members of a URLPatternInit, undefined for those that it does not have. */
function readInput(input) {
  if (input === undefined || input === null) return members.map(() => undefined);
  if (!isObject(input)) return toUsv(input);
  // As Web IDL has it: in the order of their names, each read once.
  const values = {};
  for (const name of [...members].sort()) {
    const value = input[name];
    if (value !== undefined) values[name] = toUsv(value);
  }
  return members.map((name) => values[name]);
}

export class URLPattern {
  #pattern;
  #parts;

  constructor(input = {}, baseOrOptions = undefined, options = undefined) {
    let base;
    if (arguments.length < 3 && (baseOrOptions === undefined || baseOrOptions === null || isObject(baseOrOptions))) {
      options = baseOrOptions;
    } else {
      base = toUsv(baseOrOptions);
    }
    if (options !== undefined && options !== null && !isObject(options)) {
      throw new TypeError("the options of a URLPattern are an object");
    }
    const given = readInput(input);
    if (base !== undefined && typeof given !== "string") {
      throw new TypeError("a URLPattern takes a base only with a string; give the object a baseURL");
    }
    this.#pattern = makePattern(given, base, Boolean(options?.ignoreCase));
    if (this.#pattern === null) {
      throw new TypeError(`Invalid URL pattern: ${typeof given === "string" ? given : JSON.stringify(input)}` +
        (base === undefined ? "" : `, relative to ${base}`));
    }
    this.#parts = patternParts(this.#pattern);
  }
  get protocol() { return this.#parts[0]; }
  get username() { return this.#parts[1]; }
  get password() { return this.#parts[2]; }
  get hostname() { return this.#parts[3]; }
  get port() { return this.#parts[4]; }
  get pathname() { return this.#parts[5]; }
  get search() { return this.#parts[6]; }
  get hash() { return this.#parts[7]; }
  get hasRegExpGroups() { return this.#parts[GROUPS]; }

  test(input = {}, base = undefined) { return this.#match(readInput(input), base) !== null; }

  exec(input = {}, base = undefined) {
    const given = readInput(input);
    const matched = this.#match(given, base);
    if (matched === null) return null;
    const shown = typeof given === "string" ? given
      : Object.fromEntries(members.map((name, at) => [name, given[at]]).filter(([, value]) => value !== undefined));
    const result = { inputs: base === undefined ? [shown] : [shown, toUsv(base)] };
    components.forEach((name, at) => {
      const [text, ...pairs] = matched[at];
      const groups = {};
      for (let place = 0; place < pairs.length; place += 2) groups[pairs[place]] = pairs[place + 1];
      result[name] = { input: text, groups };
    });
    return result;
  }
  #match(given, base) {
    if (base !== undefined && typeof given !== "string") {
      throw new TypeError("a base is taken only with a string; give the object a baseURL");
    }
    const matched = matchPattern(this.#pattern, given, base === undefined ? undefined : toUsv(base));
    return matched === false ? null : matched;
  }
}
define(URLPattern);
