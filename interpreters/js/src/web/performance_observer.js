// PerformanceObserver: told of marks and measures in a turn of its own.
import { define, needArguments } from "wws:idl";
import { all, inOrder, onAdded } from "wws:user_timing";

const types = Object.freeze(["mark", "measure"]);
const key = Symbol("PerformanceObserverEntryList");

export class PerformanceObserverEntryList {
  #entries;
  constructor(...all) {
    const [given, entries] = all;
    if (given !== key) throw new TypeError("Illegal constructor: lists come to a PerformanceObserver");
    this.#entries = inOrder(entries);
  }
  getEntries() { return [...this.#entries]; }
  getEntriesByType(type) {
    needArguments(arguments.length, 1, "getEntriesByType");
    return this.#entries.filter((each) => each.entryType === String(type));
  }
  getEntriesByName(name, type = undefined) {
    needArguments(arguments.length, 1, "getEntriesByName");
    return this.#entries.filter((each) => each.name === String(name) && (type === undefined || each.entryType === String(type)));
  }
}
define(PerformanceObserverEntryList);

const observers = new Set();
let isTold = true;

function tell() {
  isTold = true;
  for (const observer of [...observers]) PerformanceObserver[key](observer);
}
function tellLater() {
  if (!isTold) return;
  isTold = false;
  try {
    setTimeout(tell, 0);
  } catch {
    queueMicrotask(tell);
  }
}

export class PerformanceObserver {
  #callback;
  #kind = null;  // "single": by type; "multiple": by entryTypes
  #types = new Set();
  #waiting = [];
  #isFirst = true;

  constructor(callback) {
    needArguments(arguments.length, 1, "new PerformanceObserver");
    if (typeof callback !== "function") throw new TypeError("a PerformanceObserver needs a function");
    this.#callback = callback;
  }
  observe(options = {}) {
    const { entryTypes, type } = Object(options);
    if (entryTypes === undefined && type === undefined) throw new TypeError("observe needs a type, or entryTypes");
    if (entryTypes !== undefined && type !== undefined) throw new TypeError("observe takes a type or entryTypes, and not both");
    if (entryTypes !== undefined && typeof entryTypes !== "object") throw new TypeError("entryTypes is a list");
    const kind = type === undefined ? "multiple" : "single";
    if (this.#kind !== null && this.#kind !== kind) {
      throw new DOMException("an observer is given types one by one, or all at once", "InvalidModificationError");
    }
    this.#kind = kind;
    const given = type === undefined ? [...entryTypes].map(String) : [String(type)];
    const known = given.filter((each) => types.includes(each));
    if (known.length === 0) return;
    if (kind === "multiple") this.#types = new Set(known);
    else this.#types.add(known[0]);
    observers.add(this);
    if (kind === "single" && options.buffered) {
      this.#waiting.push(...all(undefined, known[0]));
      tellLater();
    }
  }
  disconnect() {
    observers.delete(this);
    this.#waiting = [];
    this.#types.clear();
    this.#kind = null;
  }
  takeRecords() { return this.#waiting.splice(0); }
  static get supportedEntryTypes() { return types; }

  static take(observer, entry) {
    if (!observer.#types.has(entry.entryType)) return;
    observer.#waiting.push(entry);
    tellLater();
  }
  static [key](observer) {
    const entries = observer.takeRecords();
    if (entries.length === 0) return;
    // No entry of marks and measures is ever dropped.
    const options = observer.#isFirst ? { droppedEntriesCount: 0 } : {};
    observer.#isFirst = false;
    observer.#callback.call(observer, new PerformanceObserverEntryList(key, entries), observer, options);
  }
}
const { take } = PerformanceObserver;
delete PerformanceObserver.take;
onAdded((entry) => { for (const observer of observers) take(observer, entry); });
define(PerformanceObserver);
