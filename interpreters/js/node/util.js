import * as util from "util/util.js";
import { isDeepStrictEqual } from "assert/build/internal/util/comparisons.js";

const {
  format, deprecate, debuglog, inspect, types, isArray, isBoolean, isNull, isNullOrUndefined, isNumber, isString, isSymbol,
  isUndefined, isRegExp, isObject, isDate, isError, isFunction, isPrimitive, inherits, promisify, callbackify, _extend,
} = util;
const { TextEncoder, TextDecoder } = globalThis;
const debug = debuglog;

function stripVTControlCharacters(text) { return String(text).replace(/\u001b\[[0-9;?]*[A-Za-z]/g, ""); }
function toUSVString(text) { return String(text).toWellFormed(); }
function isBuffer(value) { return value instanceof Uint8Array && typeof value.copy === "function"; }

const all = {
  format, deprecate, debuglog, debug, inspect, types, isArray, isBoolean, isNull, isNullOrUndefined, isNumber, isString,
  isSymbol, isUndefined, isRegExp, isObject, isDate, isError, isFunction, isPrimitive, isBuffer, inherits, promisify,
  callbackify, _extend, isDeepStrictEqual, stripVTControlCharacters, toUSVString, TextEncoder, TextDecoder,
};
export {
  format, deprecate, debuglog, debug, inspect, types, isArray, isBoolean, isNull, isNullOrUndefined, isNumber, isString,
  isSymbol, isUndefined, isRegExp, isObject, isDate, isError, isFunction, isPrimitive, isBuffer, inherits, promisify,
  callbackify, _extend, isDeepStrictEqual, stripVTControlCharacters, toUSVString, TextEncoder, TextDecoder,
};
export default all;
