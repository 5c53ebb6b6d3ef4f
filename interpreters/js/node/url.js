import * as url from "url/url.js";

const { parse, resolve, resolveObject, Url } = url;
const { URL, URLSearchParams } = globalThis;

/** Of a URL too, which the package does not know. */
function format(value, options = {}) {
  if (!(value instanceof URL)) return url.format(value);
  const copy = new URL(value);
  if (options.fragment === false) copy.hash = "";
  if (options.search === false) copy.search = "";
  if (options.auth === false) copy.username = copy.password = "";
  return copy.href;
}
function fileURLToPath(value) {
  const { protocol, pathname } = new URL(value);
  if (protocol !== "file:") throw new TypeError("fileURLToPath needs a URL that begins with file:");
  return decodeURIComponent(pathname);
}
function pathToFileURL(path) {
  const result = new URL("file:///");
  result.pathname = path.replaceAll("%", "%25").replaceAll("?", "%3F").replaceAll("#", "%23");
  return result;
}
function domainToASCII(domain) { return URL.canParse(`http://${domain}`) ? new URL(`http://${domain}`).hostname : ""; }
function urlToHttpOptions({ protocol, hostname, hash, search, pathname, href, port, username, password }) {
  return {
    protocol, hostname, hash, search, pathname, href, path: `${pathname}${search}`,
    ...(port === "" ? {} : { port: Number(port) }),
    ...(username || password ? { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` } : {}),
  };
}

export {
  parse, resolve, resolveObject, format, Url, URL, URLSearchParams, fileURLToPath, pathToFileURL, domainToASCII,
  urlToHttpOptions,
};
export default {
  parse, resolve, resolveObject, format, Url, URL, URLSearchParams, fileURLToPath, pathToFileURL, domainToASCII,
  urlToHttpOptions,
};
