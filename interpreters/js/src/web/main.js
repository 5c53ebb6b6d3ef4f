// What is rare of a request: dispatch.cc takes it from the server to the script's handler, and the answer back.
import {
  answerEnds, failWith, log, markHandled, provide, serve, waitBegins, waitEnds, when, writeBody,
} from "wws:native";
import "wws:abort";
import "wws:body";
import "wws:common_js";
import { inspect } from "wws:console";
import "wws:crypto";
import "wws:encoding_streams";
import { describe } from "wws:errors";
import "wws:fetch";
import { describeRejection, report } from "wws:events";
import { defineGlobal, needArguments } from "wws:idl";
import { keyValueStore, namespaceOf } from "wws:kv";
import { loadMentioned } from "wws:lazy";
import { isOldWorker, oldHandler } from "wws:old_workers";
import { defineBuffer, useEnvironment } from "node:process";
import { restartClock } from "wws:performance";
import "wws:request";
import { Response } from "wws:response";
import { evaluateStreams } from "wws:streams";
import { allowTimers } from "wws:timers";

const RESPONSE_BODY = 1;
const CLOSED = -2;

defineGlobal("self", globalThis);
for (const name of ["atob", "btoa"]) defineGlobal(name, globalThis[name]);
defineGlobal("reportError", function reportError(error) {
  needArguments(arguments.length, 1, "reportError");
  report(error);
});

/** Has the variables and the bindings, and KV unless one of them is called so. */
const env = Object.create(Object.create(Object.prototype, { KV: { get: keyValueStore, configurable: true } }));
useEnvironment(env);

export { defineBuffer, describe, describeRejection, env, evaluateStreams, namespaceOf };

// The language's functions are made when each is first asked for, which would be in every request that calls it.
for (const type of [
  Array, ArrayBuffer, BigInt, Boolean, DataView, Date, Error, Function, Map, Number, Object, Promise, RegExp, Set, String,
  Symbol, Uint8Array, Object.getPrototypeOf(Uint8Array), WeakMap, Object.getPrototypeOf(Object.getPrototypeOf([].values())),
]) {
  Object.getOwnPropertyDescriptors(type);
  if (type.prototype !== undefined) Object.getOwnPropertyDescriptors(type.prototype);
}
for (const each of [
  JSON, Math, Reflect, globalThis, Object.getPrototypeOf([].values()), Object.getPrototypeOf(new Map().values()),
  Object.getPrototypeOf("".matchAll(/a/g)), Object.getPrototypeOf(function* () {}).prototype,
]) Object.getOwnPropertyDescriptors(each);

/** Finds the handler in what the script exports; undefined: it is no module. */
export function use(namespace) {
  const exported = namespace?.default;
  let handler = exported;
  if (typeof exported !== "function" && typeof exported?.fetch !== "function") {
    if (!isOldWorker()) {
      throw new TypeError(exported === undefined
        ? "the script has no handler: it needs an `export default { fetch(request) { ... } }`, or addEventListener(\"fetch\", ...)"
        : "its default export is no handler: it needs to be a function, or an object with a function `fetch`");
    }
    handler = oldHandler;
  }
  loadMentioned();
  allowTimers();
  warm();
  restartClock();
  serve(handler, env, new Context());
}

/** What is made when it is first used is made now, and not in each request. */
function warm() {
  const response = Response.json({ a: 1 }, { headers: { "x-a": "1" } });
  response.headers.get("x-a");
  response.clone().text();
  response.json().then(() => {});
}

class Context {
  waitUntil(promise) {
    waitBegins();
    Promise.resolve(promise).then(waitEnds, (error) => {
      log(0, `in a promise of waitUntil: ${describe(error)}`);
      waitEnds();
    });
  }
  passThroughOnException() {}
  get props() { return {}; }
}
Object.defineProperty(Context.prototype, Symbol.toStringTag, { value: "ExecutionContext" });

/** Says what it is that the handler gave and that is no Response. */
function refuseAnswer(given) {
  throw new TypeError(`the handler gives back no Response, but ${given === undefined ? "nothing" : inspect(given)}`);
}

/** After part of an answer there is no other one: the connection breaks off. */
const follow = (written) => void written.then(answerEnds, failWith);

provide({
  describe,
  promiseOf: (thenable) => Promise.resolve(thenable),
  refuseAnswer,
  writeRest: (bytes) => follow(write(bytes)),
  writeSource: (source) => follow(pass(source)),
  writeStream: (stream) => follow(pump(stream)),
});

async function write(bytes) {
  for (;;) {
    const taken = writeBody(bytes);
    if (taken === CLOSED || taken === bytes.length) return taken;
    bytes = bytes.subarray(taken);
    await new Promise((resolve) => when(RESPONSE_BODY, resolve));
  }
}

/** What the server has goes back to it, encoded if it came so. */
async function pass(source) {
  source = source.raw ?? source;
  const chunk = new Uint8Array(65536);
  for (;;) {
    const count = await source.read(chunk);
    if (count === 0 || (await write(chunk.subarray(0, count))) === CLOSED) return;
  }
}

async function pump(stream) {
  const reader = stream.getReader();
  for (;;) {
    const { value, done: isDone } = await reader.read();
    if (isDone) return;
    if (!(value instanceof Uint8Array)) {
      const error = new TypeError("a stream that is a body gives Uint8Array and nothing else; pipe text through a TextEncoderStream");
      markHandled(reader.cancel(error));
      throw error;
    }
    if (value.length > 0 && (await write(value)) === CLOSED) {
      markHandled(reader.cancel(new DOMException("the client left", "AbortError")));
      return;
    }
  }
}
