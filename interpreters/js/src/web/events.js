// Events as the DOM standard has them, for a tree of one.
import { log } from "wws:native";
import { describe } from "wws:errors";
import { constants, define, defineGlobal, dictionary, needArguments } from "wws:idl";

let now = () => 0;
/** The clock of timeStamp. */
export function setEventClock(clock) { now = clock; }

const dispatch = Symbol("dispatch");
const trust = Symbol("trust");

export class Event {
  #type;
  #bubbles;
  #cancelable;
  #composed;
  #target = null;
  #current = null;
  #phase = 0;
  #prevented = false;
  #stopped = false;
  #stoppedNow = false;
  #passive = false;
  #isTrusted = false;
  #timeStamp = now();

  constructor(type, init = {}) {
    needArguments(arguments.length, 1, "new Event");
    this.#type = `${type}`;
    init = dictionary(init, "new Event");
    this.#bubbles = Boolean(init.bubbles);
    this.#cancelable = Boolean(init.cancelable);
    this.#composed = Boolean(init.composed);
    // It cannot be replaced, and so is no member of the prototype.
    Object.defineProperty(this, "isTrusted", trusted);
  }
  get type() { return this.#type; }
  get target() { return this.#target; }
  get srcElement() { return this.#target; }
  get currentTarget() { return this.#current; }
  get eventPhase() { return this.#phase; }
  get bubbles() { return this.#bubbles; }
  get cancelable() { return this.#cancelable; }
  get composed() { return this.#composed; }
  get defaultPrevented() { return this.#prevented; }
  get returnValue() { return !this.#prevented; }
  set returnValue(value) { if (!value) this.preventDefault(); }
  get cancelBubble() { return this.#stopped; }
  set cancelBubble(value) { this.#stopped ||= Boolean(value); }
  get timeStamp() { return this.#timeStamp; }
  composedPath() { return this.#current === null ? [] : [this.#current]; }
  stopPropagation() { this.#stopped = true; }
  stopImmediatePropagation() { this.#stopped = this.#stoppedNow = true; }
  preventDefault() { if (this.#cancelable && !this.#passive) this.#prevented = true; }
  initEvent(type, bubbles = false, cancelable = false) {
    needArguments(arguments.length, 1, "initEvent");
    if (this.#phase !== 0) return;
    this.#type = `${type}`;
    this.#bubbles = Boolean(bubbles);
    this.#cancelable = Boolean(cancelable);
    this.#prevented = this.#stopped = this.#stoppedNow = false;
    this.#target = null;
  }

  static [trust](event) { event.#isTrusted = true; }
  static isTrusted(event) { return event.#isTrusted; }

  static [dispatch](event, target, listeners) {
    if (event.#phase !== 0) throw new DOMException("the event is being dispatched already", "InvalidStateError");
    event.#target = event.#current = target;
    event.#phase = 2;
    for (const listener of [...listeners]) {
      if (listener.removed || listener.type !== event.#type) continue;
      if (listener.once) listener.remove();
      event.#passive = listener.passive;
      try {
        const { callback } = listener;
        if (typeof callback === "function") callback.call(target, event);
        else callback.handleEvent(event);
      } catch (error) {
        report(error, `in a listener of "${event.#type}": `);
      }
      event.#passive = false;
      if (event.#stoppedNow) break;
    }
    event.#phase = 0;
    event.#current = null;
    event.#stopped = event.#stoppedNow = false;
    return !event.#prevented;
  }
}
const { isTrusted } = Event;
delete Event.isTrusted;
const trusted = {
  get: Object.getOwnPropertyDescriptor({ get isTrusted() { return isTrusted(this); } }, "isTrusted").get, enumerable: true,
};
constants(Event, { NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 });

export class EventTarget {
  #listeners = [];

  addEventListener(type, callback, options = undefined) {
    needArguments(arguments.length, 2, "addEventListener");
    this.#listeners;
    if (typeof callback !== "function" && typeof callback !== "object" && callback !== undefined) {
      throw new TypeError("a listener is a function, or an object with handleEvent");
    }
    const given = typeof options === "object" && options !== null ? options : { capture: options };
    const capture = Boolean(given.capture);
    const once = Boolean(given.once);
    const passive = Boolean(given.passive);
    const signal = given.signal;
    if (signal !== undefined && !(signal instanceof AbortSignal)) throw new TypeError("signal is no AbortSignal");
    if (callback === null || callback === undefined || signal?.aborted) return;
    type = `${type}`;
    const isKnown = this.#listeners.some(
      (known) => known.type === type && known.callback === callback && known.capture === capture);
    if (isKnown) return;
    const listener = {
      type, callback, capture, once, passive, removed: false,
      remove: () => {
        listener.removed = true;
        this.#listeners = this.#listeners.filter((other) => other !== listener);
      },
    };
    this.#listeners.push(listener);
    signal?.addEventListener("abort", listener.remove, { once: true });
  }
  removeEventListener(type, callback, options = undefined) {
    needArguments(arguments.length, 2, "removeEventListener");
    const capture = Boolean(typeof options === "object" && options !== null ? options.capture : options);
    type = `${type}`;
    this.#listeners
      .find((known) => known.type === type && known.callback === callback && known.capture === capture)
      ?.remove();
  }
  dispatchEvent(event) {
    if (!(event instanceof Event)) throw new TypeError("dispatchEvent needs an Event");
    return Event[dispatch](event, this, this.#listeners);
  }
}

export class CustomEvent extends Event {
  #detail;
  constructor(type, init = {}) {
    super(type, init);
    this.#detail = init?.detail ?? null;
  }
  get detail() { return this.#detail; }
  initCustomEvent(type, bubbles = false, cancelable = false, detail = null) {
    needArguments(arguments.length, 1, "initCustomEvent");
    this.#detail;
    if (this.eventPhase !== 0) return;
    this.initEvent(type, bubbles, cancelable);
    this.#detail = detail;
  }
}

export class ErrorEvent extends Event {
  #message;
  #filename;
  #lineno;
  #colno;
  #error;
  constructor(type, init = {}) {
    super(type, init);
    const { message = "", filename = "", lineno = 0, colno = 0, error } = init ?? {};
    this.#message = `${message}`;
    this.#filename = `${filename}`;
    this.#lineno = Number(lineno) >>> 0;
    this.#colno = Number(colno) >>> 0;
    this.#error = error;
  }
  get message() { return this.#message; }
  get filename() { return this.#filename; }
  get lineno() { return this.#lineno; }
  get colno() { return this.#colno; }
  get error() { return this.#error; }
}

export class MessageEvent extends Event {
  #data;
  #origin;
  #lastEventId;
  #source;
  #ports;
  constructor(type, init = {}) {
    super(type, init);
    const { data, origin, lastEventId, source, ports } = init ?? {};
    this.#set(data, origin, lastEventId, source, ports);
  }
  #set(data = null, origin = "", lastEventId = "", source = null, ports = []) {
    if (source !== null && typeof source !== "object") throw new TypeError("the source of a message is a MessagePort, or null");
    const all = [...ports];
    if (all.some((port) => Object.prototype.toString.call(port) !== "[object MessagePort]")) {
      throw new TypeError("the ports of a message are MessagePorts");
    }
    this.#data = data;
    this.#origin = `${origin}`;
    this.#lastEventId = `${lastEventId}`;
    this.#source = source;
    this.#ports = Object.freeze(all);
  }
  get data() { return this.#data; }
  get origin() { return this.#origin; }
  get lastEventId() { return this.#lastEventId; }
  get source() { return this.#source; }
  get ports() { return this.#ports; }
  initMessageEvent(type, bubbles = false, cancelable = false, data = null, origin = "", lastEventId = "", source = null,
    ports = []) {
    needArguments(arguments.length, 1, "initMessageEvent");
    this.#ports;
    if (this.eventPhase !== 0) return;
    this.initEvent(type, bubbles, cancelable);
    this.#set(data, origin, lastEventId, source, ports);
  }
}

/** Dispatches an event of the platform's own. */
export function fire(target, event) {
  Event[trust](event);
  target.dispatchEvent(event);
}

/** What listens to events of the global object. */
export const globalTarget = new EventTarget();
for (const name of ["onerror", "onunhandledrejection", "onrejectionhandled"]) defineGlobal(name, null);

let isReporting = false;
/** An error that nobody caught: an event of the global object, and a line of the log unless a listener prevents that. */
export function report(error, where = "") {
  const message = describe(error);
  if (!isReporting) {
    isReporting = true;
    try {
      const event = new ErrorEvent("error", { cancelable: true, message: message.split("\n")[0], error });
      if (typeof globalThis.onerror === "function" && globalThis.onerror(event.message, "", 0, 0, error) === true) return;
      fire(globalTarget, event);
      if (event.defaultPrevented) return;
    } catch (another) {
      log(0, `in onerror: ${describe(another)}`);
    } finally {
      isReporting = false;
    }
  }
  log(0, where + message);
}

export class PromiseRejectionEvent extends Event {
  #promise;
  #reason;
  constructor(type, init) {
    needArguments(arguments.length, 2, "new PromiseRejectionEvent");
    if (typeof init?.promise !== "object") throw new TypeError("a PromiseRejectionEvent has a promise");
    super(type, init);
    this.#promise = init.promise;
    this.#reason = init.reason;
  }
  get promise() { return this.#promise; }
  get reason() { return this.#reason; }
}

/** What the log says of a rejection that nobody handles; undefined: a listener has prevented that. */
export function describeRejection(promise, reason) {
  try {
    const event = new PromiseRejectionEvent("unhandledrejection", { cancelable: true, promise, reason });
    if (typeof globalThis.onunhandledrejection === "function") globalThis.onunhandledrejection(event);
    fire(globalTarget, event);
    if (event.defaultPrevented) return undefined;
  } catch (error) {
    log(0, `in onunhandledrejection: ${describe(error)}`);
  }
  return describe(reason);
}

/** `target.onTYPE`: a listener of its own, in the order in which it was first set. */
export function defineHandler(type, name) {
  const handlers = new WeakMap();
  const accessors = {
    get [`on${name}`]() {
      if (!(this instanceof type)) throw new TypeError("Illegal invocation");
      return handlers.get(this)?.callback ?? null;
    },
    set [`on${name}`](callback) {
      if (!(this instanceof type)) throw new TypeError("Illegal invocation");
      const wanted = typeof callback === "function" ? callback : null;
      const known = handlers.get(this);
      if (known !== undefined) {
        known.callback = wanted;
        return;
      }
      const handler = { callback: wanted };
      handlers.set(this, handler);
      this.addEventListener(name, (event) => handler.callback?.call(this, event));
    },
  };
  Object.defineProperty(type.prototype, `on${name}`, Object.getOwnPropertyDescriptor(accessors, `on${name}`));
}

for (const type of [Event, EventTarget, CustomEvent, ErrorEvent, MessageEvent, PromiseRejectionEvent]) define(type);
