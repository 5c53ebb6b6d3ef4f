import * as querystring from "querystring-es3";

const { decode, encode, parse, stringify } = querystring;
const escape = encodeURIComponent;
function unescape(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return globalThis.unescape(text);
  }
}
export { decode, encode, parse, stringify, escape, unescape };
export default { decode, encode, parse, stringify, escape, unescape };
