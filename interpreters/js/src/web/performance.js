// performance and navigator. The clock moves in milliseconds, and in each request from its begin on.
import { clock, evaluate } from "wws:native";
import { EventTarget, setEventClock } from "wws:events";
import { define, globalAttribute, needArguments } from "wws:idl";

const WALL = 0, STEADY = 1;
let began;
let origin;

/** At the begin of a request: what was measured before is another's. */
export function restartClock() { began = undefined; }

function start() {
  if (began !== undefined) return;
  // The clock has steps of a millisecond, and the request began in the one that is over: no time is 0.
  began = clock(STEADY) - 1;
  origin = clock(WALL) - 1;
}

const key = Symbol("Performance");
let timing;

class Performance extends EventTarget {
  #brand = true;
  constructor(...given) {
    if (given[0] !== key) throw new TypeError("Illegal constructor: there is one, performance");
    super();
  }
  now() {
    this.#brand;
    start();
    return clock(STEADY) - began;
  }
  get timeOrigin() {
    this.#brand;
    start();
    return origin;
  }
  toJSON() {
    this.#brand;
    return { timeOrigin: this.timeOrigin };
  }
  #timing() { return (timing ??= evaluate("wws:user_timing")); }
  mark(name, options = undefined) {
    needArguments(arguments.length, 1, "performance.mark");
    return this.#timing().mark(name, options);
  }
  measure(name, from = undefined, to = undefined) {
    needArguments(arguments.length, 1, "performance.measure");
    return this.#timing().measure(name, from, to);
  }
  clearMarks(name = undefined) { this.#timing().clear("mark", name); }
  clearMeasures(name = undefined) { this.#timing().clear("measure", name); }
  getEntries() { return this.#timing().all(); }
  getEntriesByName(name, type = undefined) {
    needArguments(arguments.length, 1, "performance.getEntriesByName");
    return this.#timing().all(name, type);
  }
  getEntriesByType(type) {
    needArguments(arguments.length, 1, "performance.getEntriesByType");
    return this.#timing().all(undefined, type);
  }
}
define(Performance);
const performance = new Performance(key);
globalAttribute("performance", () => performance, { replaceable: true });
setEventClock(() => performance.now());

const languages = Object.freeze(["en"]);
class Navigator {
  constructor() { throw new TypeError("Illegal constructor: there is one, navigator"); }
}
for (const [name, value] of Object.entries({ userAgent: "wws", hardwareConcurrency: 1, language: "en", languages, onLine: true })) {
  const get = function () {
    if (this !== navigator) throw new TypeError("Illegal invocation: this is not navigator");
    return value;
  };
  Object.defineProperty(get, "name", { value: `get ${name}` });
  Object.defineProperty(Navigator.prototype, name, { get, enumerable: true, configurable: true });
}
define(Navigator);
const navigator = Object.create(Navigator.prototype);
globalAttribute("navigator", () => navigator);
