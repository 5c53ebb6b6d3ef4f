// One request: from the server to the script's handler, and what that gives back to the server.
import {
  end, fail, finish, log, markHandled, promiseResult, promiseState, requestVars, when, writeBody, writeHead,
} from "wws:native";
import "wws:abort";
import { Source, peekContent, takeContent } from "wws:body";
import "wws:common_js";
import { inspect } from "wws:console";
import "wws:crypto";
import "wws:encoding_streams";
import { describe } from "wws:errors";
import "wws:fetch";
import { headerList } from "wws:headers";
import { describeRejection, report } from "wws:events";
import { defineGlobal, needArguments } from "wws:idl";
import { keyValueStore } from "wws:kv";
import { loadMentioned } from "wws:lazy";
import { isOldWorker, oldHandler } from "wws:old_workers";
import { defineBuffer, useEnvironment } from "node:process";
import { restartClock } from "wws:performance";
import { incomingRequest } from "wws:request";
import { Response } from "wws:response";
import { evaluateStreams, isStream } from "wws:streams";
import { allowTimers } from "wws:timers";

const RESPONSE_BODY = 1;
const CLOSED = -2;

defineGlobal("self", globalThis);
defineGlobal("reportError", function reportError(error) {
  needArguments(arguments.length, 1, "reportError");
  report(error);
});

/** (request, env, context) => what the script's handler gives back. */
let handler;
/** Has the variables, and KV unless one of them is called so. */
const env = Object.create(Object.create(Object.prototype, { KV: { get: keyValueStore, configurable: true } }));
useEnvironment(env);
let isAnswered = false;
let waitingFor = 0;  // promises of waitUntil

export { defineBuffer, describe, describeRejection, evaluateStreams };

/** Finds the handler in what the script exports; undefined: it is no module. */
export function use(namespace) {
  const exported = namespace?.default;
  if (typeof exported === "function") {
    handler = exported;
  } else if (typeof exported?.fetch === "function") {
    handler = (request, variables, context) => exported.fetch(request, variables, context);
  } else if (isOldWorker()) {
    handler = oldHandler;
  } else {
    throw new TypeError(exported === undefined
      ? "the script has no handler: it needs an `export default { fetch(request) { ... } }`, or addEventListener(\"fetch\", ...)"
      : "its default export is no handler: it needs to be a function, or an object with a function `fetch`");
  }
  loadMentioned();
  allowTimers();
  warm();
}

/** What is made when it is first used is made now, and not in each request. */
function warm() {
  const response = new Response("", { headers: { "content-type": "text/plain" } });
  headerList(response.headers);
  takeContent(response);
  const request = incomingRequest();
  new Context();
  peekContent(request);
  promiseState(response);
}

class Context {
  waitUntil(promise) {
    waitingFor++;
    Promise.resolve(promise).then(waited, (error) => {
      log(0, `in a promise of waitUntil: ${describe(error)}`);
      waited();
    });
  }
  passThroughOnException() {}
  get props() { return {}; }
}
Object.defineProperty(Context.prototype, Symbol.toStringTag, { value: "ExecutionContext" });

function waited() {
  waitingFor--;
  endIfDone();
}

function endIfDone() {
  if (isAnswered && waitingFor === 0) end();
}

function readVariables() {
  const list = requestVars();
  for (let at = 0; at < list.length; at += 2) {
    Object.defineProperty(env, list[at], { value: list[at + 1], writable: true, enumerable: true, configurable: true });
    // Old workers find them as global constants; what is global already stays.
    if (!(list[at] in globalThis)) globalThis[list[at]] = list[at + 1];
  }
}

/** Called by the server for its request. */
export function handle() {
  restartClock();
  try {
    readVariables();
    const result = handler(incomingRequest(), env, new Context());
    if (result instanceof Response) answer(result);
    else if (typeof result?.then === "function") Promise.resolve(result).then(answer, failWith);
    else answer(result);
  } catch (error) {
    failWith(error);
  }
}

/** Nothing is left to wait for. */
export function stalled() {
  if (!isAnswered) {
    fatal("the handler's promise never settles: nothing is left that could settle it. Is a resolve() or a return missing?");
  }
  if (waitingFor > 0) log(1, "a promise of waitUntil never settles: nothing is left that could settle it");
}

function fatal(message) {
  log(0, message);
  fail();
}

function failWith(error) { fatal(describe(error)); }

function answer(response) {
  try {
    if (!(response instanceof Response)) {
      throw new TypeError(`the handler gives back no Response, but ${response === undefined ? "nothing" : inspect(response)}`);
    }
    if (response.status === 0) throw new TypeError("the handler gives back Response.error()");
    const content = takeContent(response);
    writeHead(response.status, headerList(response.headers));
    if (content === null || content.length === 0) return done();
    if (isStream(content)) return void pump(content).then(done, broken);
    if (content instanceof Source) return void pass(content).then(done, broken);
    send(content);
  } catch (error) {
    failWith(error);
  }
}

function done() {
  finish();
  isAnswered = true;
  endIfDone();
}

/** After part of an answer there is no other one: the connection breaks off. */
function broken(error) { failWith(error); }

/** A string, or bytes. What the server has no room for follows later. */
function send(content) {
  const taken = writeBody(content);
  const size = typeof content === "string" ? undefined : content.length;
  if (taken === CLOSED || taken === size) return done();
  if (size === undefined) {
    // Most strings were taken whole; only the server's count in UTF-8 tells.
    const bytes = new TextEncoder().encode(content);
    if (taken === bytes.length) return done();
    return rest(bytes.subarray(taken));
  }
  rest(content.subarray(taken));
}

function rest(bytes) { write(bytes).then(done, broken); }

async function write(bytes) {
  for (;;) {
    const taken = writeBody(bytes);
    if (taken === CLOSED || taken === bytes.length) return taken;
    bytes = bytes.subarray(taken);
    await new Promise((resolve) => when(RESPONSE_BODY, resolve));
  }
}

/** What the server has goes back to it. */
async function pass(source) {
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
