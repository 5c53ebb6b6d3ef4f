// Response.
import { parseUrl } from "wws:native";
import { Body, extract, mixIn, setContent, teeContent } from "wws:body";
import { Headers, freezeHeaders, headerList, headersOf } from "wws:headers";
import { define, needArguments } from "wws:idl";

const withoutBody = [101, 103, 204, 205, 304];
const redirects = [301, 302, 303, 307, 308];
const badText = /[^\t\x20-\x7e\x80-\xff]/;
const internal = Symbol("Response");

export class Response extends Body {
  #status = 200;
  #statusText = "";
  #headers;
  #type = "default";
  #url = "";
  #redirected = false;

  constructor(body = null, init = {}) {
    super();
    if (init === null || init === undefined) init = {};
    if (init.status !== undefined) {
      this.#status = Math.trunc(Number(init.status));
      if (!(this.#status >= 200 && this.#status <= 599)) {
        throw new RangeError(`the status of a Response is 200 to 599, and not ${init.status}`);
      }
    }
    if (init.statusText !== undefined) {
      this.#statusText = String(init.statusText);
      if (badText.test(this.#statusText)) throw new TypeError("Invalid statusText");
    }
    this.#headers = new Headers(init.headers);
    if (body === null || body === undefined) return;
    if (withoutBody.includes(this.#status)) throw new TypeError(`a Response of the status ${this.#status} has no body`);
    const [content, type] = extract(body);
    setContent(this, content);
    if (type !== null && !this.#headers.has("content-type")) this.#headers.append("content-type", type);
  }
  get status() { return this.#status; }
  get statusText() { return this.#statusText; }
  get ok() { return this.#status >= 200 && this.#status <= 299; }
  get headers() { return this.#headers; }
  get type() { return this.#type; }
  get url() { return this.#url; }
  get redirected() { return this.#redirected; }
  clone() {
    const copy = new Response();
    teeContent(this, copy);
    copy.#status = this.#status;
    copy.#statusText = this.#statusText;
    copy.#headers = headersOf([...headerList(this.#headers)]);
    copy.#type = this.#type;
    copy.#url = this.#url;
    copy.#redirected = this.#redirected;
    return copy;
  }

  static error() {
    const response = new Response();
    response.#status = 0;
    response.#type = "error";
    freezeHeaders(response.#headers);
    return response;
  }
  static redirect(url, status = settings.redirectStatus) {
    needArguments(arguments.length, 1, "Response.redirect");
    const location = settings.isOld ? String(url) : parseUrl(String(url))?.[0];
    if (location === undefined) throw new TypeError(`Invalid URL: ${String(url)}`);
    if (!redirects.includes(status)) throw new RangeError(`${status} is no status of a redirect`);
    const response = new Response(settings.isOld ? `Redirecting to ${location}` : null);
    response.#status = status;
    response.#headers.set("location", location);
    if (!settings.isOld) freezeHeaders(response.#headers);
    return response;
  }
  static json(data, init = {}) {
    needArguments(arguments.length, 1, "Response.json");
    const text = JSON.stringify(data);
    if (text === undefined) throw new TypeError("the value cannot be written as JSON");
    const headers = new Headers(init?.headers);
    if (!headers.has("content-type")) headers.set("content-type", "application/json");
    return new Response(text, { ...init, headers });
  }

  static {
    Object.defineProperty(this, internal, { value: (status, list, content, url, redirected) => {
      const response = new Response();
      response.#status = status;
      response.#headers = freezeHeaders(headersOf(list));
      response.#url = url;
      response.#redirected = redirected;
      setContent(response, content);
      return response;
    } });
  }
}
mixIn(Response);
define(Response);

/** What fetch() got; `list` as headersOf() takes it. */
export const receivedResponse = Response[internal];

const settings = { redirectStatus: 302, isOld: false };
/** Redirects as workers with addEventListener know them. */
export function redirectAsBefore() {
  settings.redirectStatus = 307;
  settings.isOld = true;
}
