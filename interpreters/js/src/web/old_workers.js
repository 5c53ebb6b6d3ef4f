// Workers as they were before modules: addEventListener("fetch", ...).
import { readAtOnce } from "wws:body";
import { takeCamelCase } from "wws:headers";
import { defineGlobal, needArguments } from "wws:idl";
import { Event, globalTarget } from "wws:events";
import { redirectAsBefore } from "wws:response";

let listener;

/** Whether the script has such a listener. */
export function isOldWorker() { return listener !== undefined; }

class FetchEvent extends Event {
  #request;
  #context;
  #answer;
  constructor(request, context) {
    super("fetch");
    this.#request = request;
    this.#context = context;
  }
  get request() { return this.#request; }
  respondWith(response) {
    if (this.#answer !== undefined) throw new DOMException("respondWith was called already", "InvalidStateError");
    this.#answer = { response };
  }
  waitUntil(promise) { this.#context.waitUntil(promise); }
  passThroughOnException() {}
  static answerOf(event) { return event.#answer; }
}

export function oldHandler(request, env, context) {
  const event = new FetchEvent(request, context);
  const given = typeof listener === "function" ? listener(event) : listener.handleEvent(event);
  const answer = FetchEvent.answerOf(event);
  if (answer !== undefined) return answer.response;
  // A listener that is an async function may call respondWith later.
  if (typeof given?.then !== "function") return noAnswer();
  return given.then(() => FetchEvent.answerOf(event)?.response ?? noAnswer());
}

function noAnswer() {
  throw new TypeError("the listener did not call event.respondWith(response)");
}

defineGlobal("addEventListener", function addEventListener(type, callback, options) {
  needArguments(arguments.length, 2, "addEventListener");
  if (String(type) !== "fetch") return globalTarget.addEventListener(type, callback, options);
  if (typeof callback !== "function" && typeof callback?.handleEvent !== "function") {
    throw new TypeError("a listener is a function, or an object with handleEvent");
  }
  listener ??= callback;
  readAtOnce();
  takeCamelCase();
  redirectAsBefore();
});
defineGlobal("removeEventListener", function removeEventListener(type, callback, options) {
  if (String(type) === "fetch" && callback === listener) listener = undefined;
  else globalTarget.removeEventListener(type, callback, options);
});
defineGlobal("dispatchEvent", function dispatchEvent(event) { return globalTarget.dispatchEvent(event); });
