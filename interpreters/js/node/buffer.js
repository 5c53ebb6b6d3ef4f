import * as buffer from "buffer";

const { Buffer, SlowBuffer, INSPECT_MAX_BYTES, kMaxLength } = buffer;
const { atob, btoa, Blob, File } = globalThis;
const constants = { MAX_LENGTH: kMaxLength, MAX_STRING_LENGTH: 2 ** 29 - 24 };
const kStringMaxLength = constants.MAX_STRING_LENGTH;

/** What the package does not know yet. */
for (const name of ["base64url"]) {
  const { isEncoding, from, prototype } = Buffer;
  const { toString, write } = prototype;
  const isOurs = (encoding) => String(encoding).toLowerCase() === name;
  Buffer.isEncoding = (encoding) => isOurs(encoding) || isEncoding(encoding);
  Buffer.from = function (value, encoding, length) {
    return typeof value === "string" && isOurs(encoding) ? from(value, "base64") : from(value, encoding, length);
  };
  prototype.toString = function (encoding, start, end) {
    if (!isOurs(encoding)) return toString.apply(this, arguments);
    return toString.call(this, "base64", start, end).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  };
  prototype.write = function (text, offset, length, encoding) {
    const given = [offset, length, encoding].map((each) => (isOurs(each) ? "base64" : each));
    return write.call(this, text, ...given.slice(0, arguments.length - 1));
  };
}

function isUtf8(bytes) {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
function isAscii(bytes) {
  return new Uint8Array(bytes.buffer ?? bytes, bytes.byteOffset ?? 0, bytes.byteLength).every((byte) => byte < 128);
}

export {
  Buffer, SlowBuffer, INSPECT_MAX_BYTES, kMaxLength, kStringMaxLength, constants, atob, btoa, Blob, File, isUtf8, isAscii,
};
export default {
  Buffer, SlowBuffer, INSPECT_MAX_BYTES, kMaxLength, kStringMaxLength, constants, atob, btoa, Blob, File, isUtf8, isAscii,
};
