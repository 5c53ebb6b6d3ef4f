// Request.
import { parseUrl, requestGet, requestParams } from "wws:native";
import { AbortController, AbortSignal } from "wws:abort";
import { Body, extract, incoming, mixIn, peekContent, setContent, takeContent, teeContent } from "wws:body";
import { Headers, headerList, headersOf, incomingHeaders } from "wws:headers";
import { define, needArguments } from "wws:idl";
import { isStream } from "wws:streams";

const METHOD = 0, URL_FIELD = 1;
const enums = {
  mode: ["same-origin", "no-cors", "cors", "navigate"],
  credentials: ["omit", "same-origin", "include"],
  cache: ["default", "no-store", "reload", "no-cache", "force-cache", "only-if-cached"],
  redirect: ["follow", "error", "manual"],
};
const defaults = { mode: "cors", credentials: "same-origin", cache: "default", redirect: "follow" };
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

function methodOf(method) {
  method = String(method);
  if (!token.test(method)) throw new TypeError(`"${method}" is no method`);
  const upper = method.toUpperCase();
  if (upper === "CONNECT" || upper === "TRACE" || upper === "TRACK") throw new TypeError(`${upper} cannot be sent`);
  return ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"].includes(upper) ? upper : method;
}

const internal = Symbol("Request");

export class Request extends Body {
  #method;
  #url;
  #headers;
  #signal;
  #options = defaults;
  #integrity = "";
  #keepalive = false;
  #params;

  constructor(input, init = {}) {
    super();
    if (input === incoming) {
      setContent(this, incoming);
      return;
    }
    needArguments(arguments.length, 1, "new Request");
    init ??= {};
    const from = input instanceof Request ? input : undefined;
    this.#url = from !== undefined ? from.url : parsed(input);
    this.#method = from !== undefined ? from.method : "GET";
    if (from !== undefined) {
      this.#options = from.#options;
      this.#integrity = from.#integrity;
      this.#keepalive = from.#keepalive;
      this.#params = from.#params;
    }
    this.#readOptions(init);
    if (init.method !== undefined) this.#method = methodOf(init.method);
    const signal = init.signal !== undefined ? init.signal : from?.signal;
    if (signal !== undefined && signal !== null && !(signal instanceof AbortSignal)) {
      throw new TypeError("signal is no AbortSignal");
    }
    this.#signal = signal ? AbortSignal.any([signal]) : undefined;
    this.#headers = init.headers !== undefined ? new Headers(init.headers)
      : from !== undefined ? headersOf([...headerList(from.headers)]) : new Headers();
    this.#readBody(init, from);
  }
  #readOptions(init) {
    for (const name of Object.keys(enums)) {
      if (init[name] === undefined) continue;
      const value = String(init[name]);
      if (!enums[name].includes(value) || (name === "mode" && value === "navigate")) {
        throw new TypeError(`${name} cannot be "${value}"`);
      }
      this.#options = { ...this.#options, [name]: value };
    }
    if (init.integrity !== undefined) this.#integrity = String(init.integrity);
    if (init.keepalive !== undefined) this.#keepalive = Boolean(init.keepalive);
    if (init.window !== undefined && init.window !== null) throw new TypeError("window can only be null");
  }
  #readBody(init, from) {
    const isGiven = init.body !== undefined && init.body !== null;
    const hasBody = isGiven || (from !== undefined && init.body !== null && hasContent(from));
    if (hasBody && (this.#method === "GET" || this.#method === "HEAD")) {
      if (isGiven) throw new TypeError(`a request with ${this.#method} has no body`);
      return;
    }
    if (isGiven) {
      const [content, type] = extract(init.body);
      if (isStream(content) && init.duplex !== undefined && init.duplex !== "half") {
        throw new TypeError('duplex can only be "half"');
      }
      setContent(this, content);
      if (type !== null && !this.#headers.has("content-type")) this.#headers.append("content-type", type);
    } else if (hasBody) {
      const content = takeContent(from);
      setContent(this, content);
    }
  }

  get method() { return (this.#method ??= requestGet(METHOD)); }
  get url() { return (this.#url ??= requestGet(URL_FIELD)); }
  get headers() { return (this.#headers ??= incomingHeaders()); }
  get params() { return (this.#params ??= object(requestParams())); }
  /** Routers inside of a worker put theirs there. */
  set params(value) { this.#params = value; }
  get signal() { return (this.#signal ??= new AbortController().signal); }
  get mode() { return this.#options.mode; }
  get credentials() { return this.#options.credentials; }
  get cache() { return this.#options.cache; }
  get redirect() { return this.#options.redirect; }
  get destination() { return ""; }
  get referrer() { return "about:client"; }
  get referrerPolicy() { return ""; }
  get integrity() { return this.#integrity; }
  get keepalive() { return this.#keepalive; }
  get duplex() { return "half"; }
  get isHistoryNavigation() { return false; }
  get isReloadNavigation() { return false; }
  clone() {
    const copy = new Request(incoming);
    copy.#method = this.method;
    copy.#url = this.url;
    copy.#headers = headersOf([...headerList(this.headers)]);
    copy.#signal = AbortSignal.any([this.signal]);
    copy.#options = this.#options;
    copy.#integrity = this.#integrity;
    copy.#keepalive = this.#keepalive;
    copy.#params = this.params;
    teeContent(this, copy);
    return copy;
  }
}
mixIn(Request);
define(Request);

/** GET and HEAD have no body that a script could see. */
function hasContent(request) {
  const content = peekContent(request);
  return content !== null && !(content === incoming && (request.method === "GET" || request.method === "HEAD"));
}

function parsed(input) {
  const parts = parseUrl(String(input));
  if (parts === null) throw new TypeError(`Invalid URL: ${String(input)}`);
  if (parts[3] !== "" || parts[4] !== "") throw new TypeError("the URL of a request has no user and no password in it");
  return parts[0];
}

function object(list) {
  const values = {};
  for (let at = 0; at < list.length; at += 2) values[list[at]] = list[at + 1];
  return values;
}

/** The request that is answered. */
export function incomingRequest() { return new Request(incoming); }
