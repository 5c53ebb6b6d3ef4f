import assert from "assert/build/assert.js";

const {
  ok, fail, equal, notEqual, deepEqual, notDeepEqual, deepStrictEqual, notDeepStrictEqual, strictEqual, notStrictEqual,
  throws, doesNotThrow, rejects, doesNotReject, ifError, match, doesNotMatch, AssertionError, strict,
} = assert;
export {
  ok, fail, equal, notEqual, deepEqual, notDeepEqual, deepStrictEqual, notDeepStrictEqual, strictEqual, notStrictEqual,
  throws, doesNotThrow, rejects, doesNotReject, ifError, match, doesNotMatch, AssertionError, strict,
};
export default assert;
