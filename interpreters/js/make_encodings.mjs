// Writes the tables of the Encoding standard as C++ (src/encoding_tables.h says what they are), from npm's
// @exodus/bytes.
//
// usage: node make_encodings.mjs FOLDER-OF-NODE_MODULES >encoding_tables.cc
import { pathToFileURL } from "node:url";

const fallback = (name) => import(new URL(`@exodus/bytes/fallback/${name}`, pathToFileURL(`${process.argv[2]}/`)));
const { default: labels } = await fallback("encoding.labels.js");
const { getTable } = await fallback("multi-byte.table.js");
const { default: singleByte } = await fallback("single-byte.encodings.js");

const REPLACEMENT = 0xfffd;
const decoders = {
  "utf-8": "kUtf8", "utf-16le": "kUtf16Le", "utf-16be": "kUtf16Be", gbk: "kGb18030", gb18030: "kGb18030", big5: "kBig5",
  "euc-jp": "kEucJp", "iso-2022-jp": "kIso2022Jp", shift_jis: "kShiftJis", "euc-kr": "kEucKr",
  replacement: "kReplacement", "x-user-defined": "kUserDefined",
};

/** What the bytes from 0x80 on are; 0: nothing. The package keeps differences to the byte, runs as [count, difference]. */
function upperHalf(name) {
  const differences = (singleByte[name] ?? singleByte[name.replace(/-i$/, "")])
    .flatMap((each) => (Array.isArray(each) ? Array(each[0]).fill(each[1] ?? 0) : [each]));
  return Array.from({ length: 128 }, (_, index) => {
    const difference = differences[index] ?? 0;
    return difference === REPLACEMENT ? 0 : 128 + index + difference;
  });
}

function array(type, name, values) {
  const lines = [];
  for (let at = 0; at < values.length; at += 16) lines.push(`    ${values.slice(at, at + 16).join(", ")},`);
  return `const ${type} ${name}[] = {\n${lines.join("\n")}\n};\n`;
}

const fixed = ["utf-8", "utf-16le", "utf-16be"];
const names = [...fixed, ...Object.keys(labels).filter((name) => !fixed.includes(name)).sort()];
const text = [];
const identifier = (name) => `kUpper_${name.replace(/\W/g, "_")}`;
for (const name of names.filter((each) => !(each in decoders))) {
  text.push(array("std::uint16_t", identifier(name), upperHalf(name)));
}
const encodings = names.map((name) =>
  `    {"${name}", Decoder::${decoders[name] ?? "kSingleByte"}, ${name in decoders ? "nullptr" : identifier(name)}},`);
text.push(`const Encoding encodings[] = {\n${encodings.join("\n")}\n};\nconst std::size_t encoding_count = ${names.length};\n`);

const all = names.flatMap((name, index) => [name, ...labels[name]].map((label) => [label, index]));
all.sort(([one], [other]) => (one < other ? -1 : 1));
text.push(`const Label labels[] = {\n${all.map(([label, index]) => `    {"${label}", ${index}},`).join("\n")}\n};`);
text.push(`const std::size_t label_count = ${all.length};\n`);

for (const [name, table] of [["gb18030_index", "gb18030"], ["jis0208_index", "jis0208"], ["jis0212_index", "jis0212"],
  ["euc_kr_index", "euc-kr"]]) {
  const values = Array.from(getTable(table));
  text.push(array("std::uint16_t", name, values), `const std::size_t ${name}_size = ${values.length};\n`);
}
const ranges = getTable("gb18030-ranges");
text.push(`const Gb18030Range gb18030_ranges[] = {\n${ranges.map((range) => `    {${range.join(", ")}},`).join("\n")}\n};`);
text.push(`const std::size_t gb18030_range_count = ${ranges.length};\n`);

// The package has pairs of UTF-16 units; those that are no surrogates are the four pointers that give two characters.
const big5 = Array.from(getTable("big5"));
const isPair = (value) => value > 0xffff;
const isAstral = (value) => isPair(value) && value >>> 26 === 0x36;
text.push(array("std::uint16_t", "big5_index", big5.map((value) =>
  isAstral(value) ? String.fromCharCode(value >>> 16, value & 0xffff).codePointAt(0) & 0xffff : isPair(value) ? 0 : value)));
text.push(`const std::size_t big5_index_size = ${big5.length};\n`);
const bits = Array.from({ length: Math.ceil(big5.length / 8) }, (_, place) =>
  big5.slice(place * 8, place * 8 + 8).reduce((byte, value, bit) => byte | (isAstral(value) ? 1 << bit : 0), 0));
text.push(array("std::uint8_t", "big5_is_astral", bits));

console.log(`#include "encoding_tables.h"\n\nnamespace wws::js {\n\n${text.join("\n")}\n}  // namespace wws::js`);
