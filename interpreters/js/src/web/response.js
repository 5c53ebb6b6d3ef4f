// Response: a class of the engine's, and here what is rare of it.
import { Response, makeResponse } from "wws:native";
import { define, needArguments } from "wws:idl";
import { parseHere } from "wws:url";

const redirects = [301, 302, 303, 307, 308];
const settings = { redirectStatus: 302, isOld: false };

/** Redirects as workers with addEventListener know them. */
export function redirectAsBefore() {
  settings.redirectStatus = 307;
  settings.isOld = true;
}

const statics = {
  error() { return makeResponse(0, [], null, "", false); },
  redirect(url, status = settings.redirectStatus) {
    needArguments(arguments.length, 1, "Response.redirect");
    const location = settings.isOld ? String(url) : parseHere(String(url))?.[0];
    if (location === undefined) throw new TypeError(`Invalid URL: ${String(url)}`);
    status = Math.trunc(Number(status)) & 0xffff;
    if (!redirects.includes(status)) throw new RangeError(`${status} is no status of a redirect`);
    if (!settings.isOld) return makeResponse(status, ["location", location], null, "", false);
    return new Response(`Redirecting to ${location}`, { status, headers: { location } });
  },
};
for (const [name, value] of Object.entries(statics)) {
  Object.defineProperty(Response, name, { value, writable: true, configurable: true });
}
define(Response);

/** What fetch() got; the list is [name in lower case, value, ...]. */
export const receivedResponse = makeResponse;
export { Response };
