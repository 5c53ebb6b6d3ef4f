import punycode from "punycode/punycode.js";

const { decode, encode, toASCII, toUnicode, ucs2, version } = punycode;
export { decode, encode, toASCII, toUnicode, ucs2, version };
export default punycode;
