import assert from "assert/build/assert.js";

export const {
  ok, fail, equal, notEqual, deepEqual, notDeepEqual, deepStrictEqual, notDeepStrictEqual, strictEqual, notStrictEqual,
  throws, doesNotThrow, rejects, doesNotReject, ifError, match, doesNotMatch, AssertionError, strict,
} = assert.strict;
export default assert.strict;
