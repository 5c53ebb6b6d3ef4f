// Request: a class of the engine's, and here what a script makes one of.
import { Request, isRequest, optionsOf, provide } from "wws:native";
import { AbortController, AbortSignal } from "wws:abort";
import { extract, incoming, isOfBody, peekContent, takeContent } from "wws:body";
import { Headers } from "wws:headers";
import { define } from "wws:idl";
import { isStream } from "wws:streams";
import { parseHere } from "wws:url";

const enums = {
  mode: ["same-origin", "no-cors", "cors", "navigate"],
  credentials: ["omit", "same-origin", "include"],
  cache: ["default", "no-store", "reload", "no-cache", "force-cache", "only-if-cached"],
  redirect: ["follow", "error", "manual"],
  referrerPolicy: [
    "", "no-referrer", "no-referrer-when-downgrade", "same-origin", "origin", "strict-origin", "origin-when-cross-origin",
    "strict-origin-when-cross-origin", "unsafe-url",
  ],
};
const defaults = {
  mode: "cors", credentials: "same-origin", cache: "default", redirect: "follow", integrity: "", keepalive: false,
  referrer: "about:client", referrerPolicy: "",
};
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

function methodOf(method) {
  method = String(method);
  if (!token.test(method)) throw new TypeError(`"${method}" is no method`);
  const upper = method.toUpperCase();
  if (upper === "CONNECT" || upper === "TRACE" || upper === "TRACK") throw new TypeError(`${upper} cannot be sent`);
  return ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"].includes(upper) ? upper : method;
}

/** Options of `init` over those of `from`, undefined if both have none. */
function optionsFrom(init, from) {
  let options = from === undefined ? undefined : optionsOf(from);
  const change = (name, value) => { options = { ...(options ?? defaults), [name]: value }; };
  for (const name of Object.keys(enums)) {
    if (init[name] === undefined) continue;
    const value = String(init[name]);
    if (!enums[name].includes(value) || (name === "mode" && value === "navigate")) {
      throw new TypeError(`${name} cannot be "${value}"`);
    }
    change(name, value);
  }
  if (init.integrity !== undefined) change("integrity", String(init.integrity));
  if (init.keepalive !== undefined) change("keepalive", Boolean(init.keepalive));
  if (init.window !== undefined && init.window !== null) throw new TypeError("window can only be null");
  if (init.priority !== undefined && !["high", "low", "auto"].includes(String(init.priority))) {
    throw new TypeError(`priority cannot be "${init.priority}"`);
  }
  if (init.referrer !== undefined) change("referrer", referrerOf(String(init.referrer)));
  if (options?.cache === "only-if-cached" && options.mode !== "same-origin") {
    throw new TypeError('cache "only-if-cached" needs the mode "same-origin"');
  }
  return options;
}

function referrerOf(text) {
  if (text === "") return "";
  const url = parseHere(text)?.[0];
  if (url === undefined) throw new TypeError(`referrer is no URL: ${text}`);
  return url;
}

/** The content of the new request; its type goes into `headers`. */
function contentFrom(init, from, method, headers) {
  const isGiven = init.body !== undefined && init.body !== null;
  if (init.duplex !== undefined && String(init.duplex) !== "half") throw new TypeError('duplex can only be "half"');
  const hasBody = isGiven || (from !== undefined && init.body !== null && hasContent(from));
  if (hasBody && (method === "GET" || method === "HEAD")) {
    if (isGiven) throw new TypeError(`a request with ${method} has no body`);
    return null;
  }
  if (!isGiven) return hasBody ? takeContent(from) : null;
  const [content, type] = typeof init.body === "string"
    ? [init.body.toWellFormed(), "text/plain;charset=UTF-8"] : extract(init.body);
  // A body that is passed on says so by itself.
  if (isStream(content) && init.duplex === undefined && !isOfBody(content)) {
    throw new TypeError('a request whose body is a stream needs duplex: "half"');
  }
  if (type !== null && !headers.has("content-type")) headers.append("content-type", type);
  return content;
}

/** What a request is made of, of the arguments of its constructor. */
function requestParts(input, init) {
  init ??= {};
  if (typeof init !== "object" && typeof init !== "function") throw new TypeError("what a Request is made with is an object");
  const from = isRequest(input) ? input : undefined;
  const url = from !== undefined ? from.url : parsed(input);
  const options = optionsFrom(init, from);
  const method = init.method !== undefined ? methodOf(init.method) : from !== undefined ? from.method : "GET";
  if (options?.mode === "no-cors" && !["GET", "HEAD", "POST"].includes(method)) {
    throw new TypeError(`mode "no-cors" does not allow ${method}`);
  }
  const signal = init.signal !== undefined ? init.signal : from?.signal;
  if (signal !== undefined && signal !== null && !(signal instanceof AbortSignal)) {
    throw new TypeError("signal is no AbortSignal");
  }
  const headers = new Headers(init.headers !== undefined ? init.headers : from?.headers);
  const content = contentFrom(init, from, method, headers);
  return {
    method, url, headers, content, options, params: from?.params,
    signal: signal ? AbortSignal.any([signal]) : undefined,
  };
}

function clonedParts(from, content) {
  return {
    method: from.method, url: from.url, headers: new Headers(from.headers), content, params: from.params,
    signal: AbortSignal.any([from.signal]),
  };
}

provide({ clonedParts, newSignal: () => new AbortController().signal, requestParts });
define(Request);

/** GET and HEAD have no body that a script could see. */
function hasContent(request) {
  const content = peekContent(request);
  return content !== null && !(content === incoming && (request.method === "GET" || request.method === "HEAD"));
}

function parsed(input) {
  const parts = parseHere(`${input}`);
  if (parts === null) throw new TypeError(`Invalid URL: ${String(input)}`);
  if (parts[3] !== "" || parts[4] !== "") throw new TypeError("the URL of a request has no user and no password in it");
  return parts[0];
}

export { Request };
