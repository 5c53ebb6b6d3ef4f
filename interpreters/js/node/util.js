import * as util from "util/util.js";
import { isDeepStrictEqual } from "assert/build/internal/util/comparisons.js";
import { format, formatWithOptions, inspect, stripVTControlCharacters } from "node-inspect-extracted";
import { parseArgs } from "@pkgjs/parseargs";

const {
  deprecate, debuglog, types, isArray, isBoolean, isNull, isNullOrUndefined, isNumber, isString, isSymbol, isUndefined,
  isRegExp, isObject, isDate, isError, isFunction, isPrimitive, inherits, promisify, callbackify, _extend,
} = util;
const { TextEncoder, TextDecoder } = globalThis;
const debug = debuglog;

function toUSVString(text) { return String(text).toWellFormed(); }
function isBuffer(value) { return value instanceof Uint8Array && typeof value.copy === "function"; }

const all = {
  format, formatWithOptions, deprecate, debuglog, debug, inspect, parseArgs, types, isArray, isBoolean, isNull,
  isNullOrUndefined, isNumber, isString, isSymbol, isUndefined, isRegExp, isObject, isDate, isError, isFunction, isPrimitive,
  isBuffer, inherits, promisify, callbackify, _extend, isDeepStrictEqual, stripVTControlCharacters, toUSVString, TextEncoder,
  TextDecoder,
};
export {
  format, formatWithOptions, deprecate, debuglog, debug, inspect, parseArgs, types, isArray, isBoolean, isNull,
  isNullOrUndefined, isNumber, isString, isSymbol, isUndefined, isRegExp, isObject, isDate, isError, isFunction, isPrimitive,
  isBuffer, inherits, promisify, callbackify, _extend, isDeepStrictEqual, stripVTControlCharacters, toUSVString, TextEncoder,
  TextDecoder,
};
export default all;
