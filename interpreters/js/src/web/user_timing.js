// Marks and measures: User Timing, and the part of the Performance Timeline that has them.
import { structuredClone } from "wws:clone";
import { define, needArguments } from "wws:idl";

const key = Symbol("PerformanceEntry");

/** In the order of their begin. */
let entries = [];

export class PerformanceEntry {
  #name;
  #startTime;
  #duration;
  constructor(...all) {
    const [given, name, startTime, duration] = all;
    if (given !== key) throw new TypeError("Illegal constructor: entries come from performance");
    this.#name = name;
    this.#startTime = startTime;
    this.#duration = duration;
  }
  get name() { return this.#name; }
  get entryType() {
    this.#name;
    return this instanceof PerformanceMark ? "mark" : "measure";
  }
  get startTime() { return this.#startTime; }
  get duration() { return this.#duration; }
  toJSON() {
    this.#name;
    const { name, entryType, startTime, duration } = this;
    return { name, entryType, startTime, duration, ...("detail" in this ? { detail: this.detail } : {}) };
  }
}
define(PerformanceEntry);

const copied = (detail) => (detail === undefined || detail === null ? null : structuredClone(detail));

export class PerformanceMark extends PerformanceEntry {
  #detail;
  constructor(name, options = undefined) {
    needArguments(arguments.length, 1, "new PerformanceMark");
    dictionary(options);
    const begin = options?.startTime;
    if (begin !== undefined && !Number.isFinite(Number(begin))) throw new TypeError("startTime is a number");
    if (Number(begin) < 0) throw new TypeError("startTime is not below 0");
    super(key, String(name), begin === undefined ? performance.now() : Number(begin), 0);
    this.#detail = copied(options?.detail);
  }
  get detail() { return this.#detail; }
}
define(PerformanceMark);

export class PerformanceMeasure extends PerformanceEntry {
  #detail;
  constructor(...given) {
    super(...given);
    this.#detail = given[4];
  }
  get detail() { return this.#detail; }
}
define(PerformanceMeasure);

function dictionary(options) {
  if (options !== undefined && options !== null && typeof options !== "object") throw new TypeError("the options are an object");
}

let tell = () => {};
/** `run(entry)` is called with each one that is made. */
export function onAdded(run) { tell = run; }

export const inOrder = (list) => [...list].sort((one, other) => one.startTime - other.startTime);

function add(entry) {
  const place = entries.findLastIndex((each) => each.startTime <= entry.startTime) + 1;
  entries.splice(place, 0, entry);
  tell(entry);
  return entry;
}

export function mark(name, options) { return add(new PerformanceMark(name, options)); }

/** Of a mark's name, or a time. */
function timeOf(given) {
  if (typeof given === "number") {
    if (given < 0) throw new TypeError("a time is not below 0");
    return given;
  }
  const found = entries.findLast((each) => each instanceof PerformanceMark && each.name === String(given));
  if (found === undefined) throw new DOMException(`there is no mark "${given}"`, "SyntaxError");
  return found.startTime;
}

export function measure(name, from, to) {
  const isObject = typeof from === "object";
  const options = from === null || !isObject ? {} : from;
  const { start, end, duration, detail } = options;
  if (isObject && [start, end, duration, detail].some((each) => each !== undefined)) {
    if (to !== undefined) throw new TypeError("with an object of options there is no other end");
    if (start === undefined && end === undefined) throw new TypeError("the options have neither start nor end");
    if (start !== undefined && end !== undefined && duration !== undefined) {
      throw new TypeError("of start, end and duration two say all");
    }
  }
  const stop = to !== undefined ? timeOf(to) : end !== undefined ? timeOf(end)
    : start !== undefined && duration !== undefined ? timeOf(start) + Number(duration) : performance.now();
  const begin = start !== undefined ? timeOf(start) : duration !== undefined && end !== undefined ? stop - Number(duration)
    : !isObject && from !== undefined ? timeOf(from) : 0;
  return add(new PerformanceMeasure(key, String(name), begin, stop - begin, copied(detail)));
}

export function clear(type, name) {
  entries = entries.filter((each) => each.entryType !== type || (name !== undefined && each.name !== String(name)));
}

export function all(name = undefined, type = undefined) {
  return entries.filter((each) => (name === undefined || each.name === String(name)) &&
    (type === undefined || each.entryType === String(type)));
}
