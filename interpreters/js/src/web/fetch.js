// fetch(): requests that the server sends for the script.
import {
  cancel, encodeUtf8, evaluate, fetchEnd, fetchError, fetchHeaders, fetchRead, fetchRoom, fetchStart, fetchStatus, fetchUrl,
  fetchWrite, markHandled, unless, when,
} from "wws:native";
import { onAbort } from "wws:abort";
import { Source, peekContent, takeContent } from "wws:body";
import { headerList } from "wws:headers";
import { defineGlobal, needArguments } from "wws:idl";
import { Request } from "wws:request";
import { receivedResponse } from "wws:response";
import { isStream } from "wws:streams";

const AGAIN = -1, CLOSED = -2, ABSENT = -5, LIMIT = -6, TOO_MANY = -26;
const BODY_STREAMS = 1, REDIRECT_MANUAL = 2, REDIRECT_ERROR = 4;
const redirectFlags = { follow: 0, manual: REDIRECT_MANUAL, error: REDIRECT_ERROR };

function failure(operation, code, url) {
  const why = fetchError(operation) ?? (code === CLOSED ? "the client left" : `code ${code}`);
  return new TypeError(`fetch of ${url} failed: ${why}`);
}

function start(request, content) {
  const streams = isStream(content) || content instanceof Source;
  const body = streams || content === null ? undefined : typeof content === "string" ? encodeUtf8(content) : content;
  const flags = redirectFlags[request.redirect] + (streams ? BODY_STREAMS : 0);
  const operation = fetchStart(request.method, request.url, headerList(request.headers), body, flags);
  if (operation >= 0) return operation;
  if (operation === ABSENT) {
    throw new TypeError(`fetch of ${request.url}: this worker may send no requests; its TOML needs ` +
      "[features.http_requests] with allowed_hosts");
  }
  if (operation === TOO_MANY || operation === LIMIT) {
    throw new TypeError(`fetch of ${request.url}: the worker has sent as many requests as it may`);
  }
  throw new TypeError(`fetch of ${request.url}: the server cannot send it (code ${operation})`);
}

/** Sends a body piece by piece. What becomes of the request its answer tells. `reader` is that of a stream. */
async function upload(operation, content, reader) {
  const chunk = new Uint8Array(65536);
  for (;;) {
    let bytes;
    if (reader === undefined) {
      const count = await content.read(chunk);
      bytes = count === 0 ? undefined : chunk.subarray(0, count);
    } else {
      const { value, done } = await reader.read();
      if (!done && !(value instanceof Uint8Array)) {
        const error = new TypeError("a stream that is a body gives Uint8Array");
        markHandled(reader.cancel(error));
        throw error;
      }
      bytes = done ? undefined : value;
    }
    if (bytes === undefined) break;
    while (bytes.length > 0) {
      const taken = fetchWrite(operation, bytes);
      if (taken >= 0) bytes = bytes.subarray(taken);
      else if (taken === AGAIN) await new Promise((resolve) => when(fetchRoom(operation), resolve));
      else return;
    }
  }
  fetchEnd(operation);
}

/** Ends an operation; once, since its number may be another's after that. */
function dropper(operation) {
  let isDropped = false;
  return () => {
    if (isDropped) return;
    isDropped = true;
    unless(operation);
    cancel(operation);
  };
}

/** The response, where its head is there. */
function respond(operation, request, status, drop) {
  const { signal, method } = request;
  const url = fetchUrl(operation) ?? request.url;
  const fields = fetchHeaders(operation);
  const isRedirected = url !== request.url;
  if ([204, 205, 304].includes(status) || method === "HEAD") return [receivedResponse(status, fields, null, url, isRedirected)];
  const source = new Source((bytes) => {
    if (signal.aborted) throw signal.reason;
    return fetchRead(operation, bytes);
  }, operation, (code) => failure(operation, code, url));
  source.cancel = drop;
  const isEncoded = fields.includes("content-encoding");
  const decoded = isEncoded ? evaluate("wws:received").decodedResponse(status, fields, source, url, isRedirected) : undefined;
  return [decoded ?? receivedResponse(status, fields, source, url, isRedirected), source];
}

/** What needs no server to answer it. */
function answerHere({ url, cache }) {
  if (cache === "only-if-cached") throw new TypeError(`fetch of ${url} failed: there is no cache`);
  return url.startsWith("data:") ? evaluate("wws:received").dataResponse(url) : undefined;
}

defineGlobal("fetch", async function fetch(input, init = undefined) {
  needArguments(arguments.length, 1, "fetch");
  const request = new Request(input, init);
  const { signal } = request;
  if (signal.aborted) {
    // Nobody is going to read it.
    if (isStream(peekContent(request)) && !request.body.locked) markHandled(request.body.cancel(signal.reason));
    throw signal.reason;
  }
  const here = answerHere(request);
  if (here !== undefined) return here;
  const content = takeContent(request);
  const operation = start(request, content);
  const drop = dropper(operation);
  const reader = isStream(content) ? content.getReader() : undefined;
  return new Promise((resolve, reject) => {
    let isOver = false;
    let source;
    const forget = onAbort(signal, (reason) => {
      isOver = true;
      drop();
      if (reader !== undefined) markHandled(reader.cancel(reason));
      source?.stop(reason);
      reject(reason);
    });
    const fail = (error) => {
      if (isOver) return;
      isOver = true;
      forget();
      drop();
      source?.stop(error);
      reject(error);
    };
    if (reader !== undefined || content instanceof Source) upload(operation, content, reader).catch(fail);
    const look = () => {
      if (isOver) return;
      const status = fetchStatus(operation);
      if (status === AGAIN) return when(operation, look);
      if (status < 0) return fail(failure(operation, status, request.url));
      const [response, body] = respond(operation, request, status, drop);
      source = body;
      resolve(response);
    };
    look();
  });
});
