// AbortController and AbortSignal.
import { define } from "wws:idl";
import { Event, EventTarget, defineHandler, fire } from "wws:events";

const key = Symbol("AbortSignal");
const algorithms = new WeakMap();

export class AbortSignal extends EventTarget {
  #aborted = false;
  #reason = undefined;
  #dependents = [];
  #sources = null;  // of any(): signals that depend on no others

  constructor(...given) {
    if (given[0] !== key) throw new TypeError("Illegal constructor: signals come from an AbortController");
    super();
  }
  get aborted() { return this.#aborted; }
  get reason() { return this.#reason; }
  throwIfAborted() { if (this.#aborted) throw this.#reason; }

  static abort(reason = new DOMException("This operation was aborted", "AbortError")) {
    const signal = new AbortSignal(key);
    signal.#aborted = true;
    signal.#reason = reason;
    return signal;
  }
  static timeout(milliseconds) {
    const delay = Math.trunc(Number(milliseconds));
    if (!(delay >= 0) || delay > Number.MAX_SAFE_INTEGER) throw new TypeError("timeout needs a number of milliseconds");
    const signal = new AbortSignal(key);
    setTimeout(() => AbortSignal[key](signal, new DOMException("The operation timed out", "TimeoutError")), delay);
    return signal;
  }
  static any(signals) {
    if (arguments.length === 0) throw new TypeError("AbortSignal.any needs a list of signals");
    const all = [...signals];
    for (const signal of all) {
      if (!(signal instanceof AbortSignal)) throw new TypeError("AbortSignal.any needs signals");
    }
    const result = new AbortSignal(key);
    const first = all.find((signal) => signal.#aborted);
    if (first !== undefined) {
      result.#aborted = true;
      result.#reason = first.#reason;
    } else {
      result.#sources = [...new Set(all.flatMap((signal) => signal.#sources ?? [signal]))];
      for (const source of result.#sources) source.#dependents.push(result);
    }
    return result;
  }

  /** Aborts `signal`. */
  static [key](signal, reason) {
    if (signal.#aborted) return;
    signal.#aborted = true;
    signal.#reason = reason;
    const dependents = signal.#dependents.filter((other) => !other.#aborted);
    for (const other of dependents) {
      other.#aborted = true;
      other.#reason = reason;
    }
    for (const each of [signal, ...dependents]) {
      for (const run of algorithms.get(each) ?? []) run(reason);
      algorithms.delete(each);
      fire(each, new Event("abort"));
    }
  }
}
define(AbortSignal);
defineHandler(AbortSignal, "abort");

export class AbortController {
  #signal = new AbortSignal(key);
  get signal() { return this.#signal; }
  abort(reason = new DOMException("This operation was aborted", "AbortError")) {
    AbortSignal[key](this.#signal, reason);
  }
}
define(AbortController);

/** Calls `run(reason)` when the signal is aborted, before its listeners; gives a function that takes it back. */
export function onAbort(signal, run) {
  if (!algorithms.has(signal)) algorithms.set(signal, new Set());
  algorithms.get(signal).add(run);
  return () => algorithms.get(signal)?.delete(run);
}
