// https://encoding.spec.whatwg.org/

const bytes = (...values) => new Uint8Array(values);
const decoded = (label, input, options) => new TextDecoder(label, options).decode(input);

// 4.2 Names and labels
for (const [label, name] of [["latin1", "windows-1252"], ["ASCII", "windows-1252"], [" \n\f utf8\t\r", "utf-8"], ["sjis", "shift_jis"],
  ["gb2312", "gbk"], ["chinese", "gbk"], ["big5-hkscs", "big5"], ["ks_c_5601-1987", "euc-kr"], ["csISO2022JP", "iso-2022-jp"], ["l9", "iso-8859-15"],
  ["utf-16", "utf-16le"], ["iso-8859-9", "windows-1254"], ["koi", "koi8-r"], ["visual", "iso-8859-8"], ["logical", "iso-8859-8-i"]]) {
  test(() => assert_equals(new TextDecoder(label).encoding, name), `the label ${JSON.stringify(label)} is ${name}`);
}
test(() => {
  for (const label of ["", "utf", "utf-8\0", "\u00a0utf-8", "utf‐8", "replacement", "iso-2022-kr", "hz-gb-2312", "utf-7", "cesu-8"]) {
    assert_throws_js(RangeError, () => new TextDecoder(label), label);
  }
}, "what is no label, or one of the replacement encoding, is refused");

// 7.1 TextDecoder
test(() => {
  const decoder = new TextDecoder();
  assert_array_equals([decoder.encoding, decoder.fatal, decoder.ignoreBOM], ["utf-8", false, false]);
  assert_equals(decoder.decode(), "");
  assert_equals(decoder.decode(undefined), "");
  assert_throws_js(TypeError, () => decoder.decode(null));
  assert_throws_js(TypeError, () => decoder.decode("text"));
  assert_equals(decoder.decode(new Uint16Array([0x6161]).buffer), "aa");
  assert_equals(decoder.decode(new DataView(new Uint8Array([1, 0x61, 0x62, 1]).buffer, 1, 2)), "ab");
}, "what it decodes");
test(() => {
  for (const [input, count] of [[[0xff], 1], [[0xc3], 1], [[0xe2, 0x82], 1], [[0xf0, 0x9f, 0x92, 0x41], 2], [[0xed, 0xa0, 0x80], 3], [[0xc0, 0x80], 2],
    [[0xf4, 0x90, 0x80, 0x80], 4], [[0xe2, 0x28, 0xa1], 3]]) {
    const text = new TextDecoder().decode(bytes(...input));
    assert_equals([...text].length, count, String(input));
    assert_true(text.includes("\ufffd"));
    assert_throws_js(TypeError, () => new TextDecoder("utf-8", { fatal: true }).decode(bytes(...input)));
  }
}, "8.1.1: each maximal part of what is not UTF-8 is one U+FFFD, or an error");
test(() => {
  assert_equals(decoded("utf-8", bytes(0xef, 0xbb, 0xbf, 0x61)), "a");
  assert_equals(decoded("utf-8", bytes(0xef, 0xbb, 0xbf, 0x61), { ignoreBOM: true }), "\ufeffa");
  assert_equals(decoded("utf-16le", bytes(0xff, 0xfe, 0x61, 0)), "a");
  assert_equals(decoded("utf-16be", bytes(0xfe, 0xff, 0, 0x61)), "a");
  assert_equals(decoded("utf-8", bytes(0x61, 0xef, 0xbb, 0xbf)), "a\ufeff");
  const decoder = new TextDecoder();
  for (const byte of [0xef, 0xbb, 0xbf]) assert_equals(decoder.decode(bytes(byte), { stream: true }), "");
  assert_equals(decoder.decode(bytes(0x61)), "a");
  assert_equals(decoder.decode(bytes(0xef, 0xbb, 0xbf, 0x62)), "b", "at the begin of the next stream");
}, "a byte order mark is taken off once");

// 9 to 14: a text in each of the encodings, whole and byte by byte
const texts = {
  "ibm866": ["Привет", [0x8f, 0xe0, 0xa8, 0xa2, 0xa5, 0xe2]],
  "koi8-r": ["Привет", [0xf0, 0xd2, 0xc9, 0xd7, 0xc5, 0xd4]],
  "windows-1251": ["Привет", [0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2]],
  "iso-8859-2": ["Łódź", [0xa3, 0xf3, 0x64, 0xbc]],
  "iso-8859-7": ["Ωμέγα", [0xd9, 0xec, 0xdd, 0xe3, 0xe1]],
  "iso-8859-15": ["€Š", [0xa4, 0xa6]],
  "macintosh": ["é∞", [0x8e, 0xb0]],
  "windows-1252": ["€œ\x81", [0x80, 0x9c, 0x81]],
  "x-user-defined": ["a\uf780\uf7ff", [0x61, 0x80, 0xff]],
  "gbk": ["中文€", [0xd6, 0xd0, 0xce, 0xc4, 0x80]],
  "gb18030": ["中\u{1f600}\u00a5", [0xd6, 0xd0, 0x94, 0x39, 0xfc, 0x36, 0x81, 0x30, 0x84, 0x36]],
  "big5": ["中文Ê̄", [0xa4, 0xa4, 0xa4, 0xe5, 0x88, 0x62]],
  "euc-jp": ["日本語ｶ丂", [0xc6, 0xfc, 0xcb, 0xdc, 0xb8, 0xec, 0x8e, 0xb6, 0x8f, 0xb0, 0xa1]],
  "shift_jis": ["日本語ｶ", [0x93, 0xfa, 0x96, 0x7b, 0x8c, 0xea, 0xb6]],
  "iso-2022-jp": ["a日本¥", [0x61, 0x1b, 0x24, 0x42, 0x46, 0x7c, 0x4b, 0x5c, 0x1b, 0x28, 0x4a, 0x5c, 0x1b, 0x28, 0x42]],
  "euc-kr": ["한국어", [0xc7, 0xd1, 0xb1, 0xb9, 0xbe, 0xee]],
  "utf-16le": ["a😀", [0x61, 0, 0x3d, 0xd8, 0, 0xde]],
  "utf-16be": ["a😀", [0, 0x61, 0xd8, 0x3d, 0xde, 0]],
};
for (const [label, [text, input]] of Object.entries(texts)) {
  test(() => {
    assert_equals(decoded(label, bytes(...input), { fatal: true }), text);
    const decoder = new TextDecoder(label, { fatal: true });
    const pieces = input.map((byte) => decoder.decode(bytes(byte), { stream: true }));
    assert_equals(pieces.join("") + decoder.decode(), text, "byte by byte");
  }, `text in ${label}`);
}
for (const [label, input, text] of [
  ["gb18030", [0x81, 0x30, 0x81, 0x41], "\ufffd0\u4e04"], ["gb18030", [0x81, 0x20], "\ufffd "], ["gb18030", [0xff, 0x61], "\ufffda"],
  ["gb18030", [0xfe, 0x39, 0xfe, 0x39], "\ufffd"], ["big5", [0x81, 0x40], "\ufffd@"], ["big5", [0x87, 0x87, 0x40], "\ufffd@"], ["euc-jp", [0x8e, 0x61], "\ufffda"],
  ["euc-jp", [0x8f, 0xa1, 0x61], "\ufffda"], ["shift_jis", [0x81, 0x20], "\ufffd "], ["shift_jis", [0x85, 0x40], "\ufffd@"], ["shift_jis", [0xa0], "\ufffd"],
  ["euc-kr", [0x81, 0x5b], "\ufffd["], ["euc-kr", [0xc9, 0xa1], "\ufffd"], ["iso-2022-jp", [0x1b, 0x24], "\ufffd$"], ["iso-2022-jp", [0x1b, 0x28, 0x42, 0x1b, 0x28, 0x42], "\ufffd"],
  ["iso-2022-jp", [0x0e], "\ufffd"], ["windows-874", [0xdb], "\ufffd"], ["utf-16le", [0x00, 0xd8, 0x61, 0], "\ufffda"], ["utf-16le", [0x61, 0, 0x62], "a\ufffd"],
  ["utf-16be", [0xdc, 0x00], "\ufffd"]]) {
  test(() => {
    assert_equals(decoded(label, bytes(...input)), text);
    assert_throws_js(TypeError, () => decoded(label, bytes(...input), { fatal: true }));
  }, `${label}: ${input.map((byte) => byte.toString(16))} has an error`);
}
test(() => {
  const decoder = new TextDecoder("gbk", { fatal: true });
  assert_throws_js(TypeError, () => decoder.decode(bytes(0xff), { stream: true }));
  assert_equals(decoder.decode(bytes(0xd6, 0xd0)), "中");
}, "after an error a decoder begins anew");

// 7.2 TextEncoder
test(() => {
  const encoder = new TextEncoder();
  assert_equals(encoder.encoding, "utf-8");
  assert_array_equals(encoder.encode("aé€😀\ud800"), [0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0xef, 0xbf, 0xbd]);
  assert_equals(encoder.encode().length, 0);
  assert_equals(encoder.encode(undefined).length, 0);
  assert_array_equals(encoder.encode(null), [0x6e, 0x75, 0x6c, 0x6c]);
  const target = new Uint8Array(6);
  const { read, written } = encoder.encodeInto("a😀€", target);
  assert_array_equals([read, written], [3, 5]);
  assert_throws_js(TypeError, () => encoder.encodeInto("a", new ArrayBuffer(1)));
}, "encode and encodeInto");

// 7.5, 7.6: their streams
promise_test(async () => {
  const read = async (chunks, stream) => {
    const source = new ReadableStream({ start(controller) { for (const each of chunks) controller.enqueue(each); controller.close(); } });
    const seen = [];
    for await (const each of source.pipeThrough(stream)) seen.push(each);
    return seen;
  };
  assert_equals((await read([bytes(0xe2), bytes(0x82), bytes(0xac, 0x61)], new TextDecoderStream())).join(""), "€a");
  assert_equals((await read([bytes(0x93), bytes(0xfa)], new TextDecoderStream("sjis"))).join(""), "日");
  assert_array_equals((await read(["\ud83d", "\ude00"], new TextEncoderStream())).flatMap((each) => [...each]), [0xf0, 0x9f, 0x98, 0x80]);
}, "characters that chunks divide are whole");
