// https://html.spec.whatwg.org/multipage/structured-data.html

test(() => {
  for (const value of [undefined, null, true, 0, -0, NaN, Infinity, 1n, "", "a\ud800"]) assert_equals(structuredClone(value), value);
}, "2.7.3: primitives are themselves");
test(() => {
  for (const value of [new Boolean(false), new Number(-0), new String("ab"), Object(2n)]) {
    const copy = structuredClone(value);
    assert_not_equals(copy, value);
    assert_equals(Object.getPrototypeOf(copy), Object.getPrototypeOf(value));
    assert_equals(copy.valueOf(), value.valueOf());
  }
  assert_equals(structuredClone(new Date(-5)).getTime(), -5);
  assert_true(Number.isNaN(structuredClone(new Date(NaN)).getTime()));
  const pattern = /a(b)/giu;
  pattern.lastIndex = 3;
  const copy = structuredClone(pattern);
  assert_array_equals([copy.source, copy.flags, copy.lastIndex], ["a(b)", "giu", 0]);
}, "objects of primitives, dates and regular expressions");
test(() => {
  const value = { a: [1, , 3], b: new Map([[{ k: 1 }, new Set([1, "x"])]]), u: undefined, "": 0 };
  value.self = value;
  value.b.set(value, value.a);
  const copy = structuredClone(value);
  assert_equals(copy.self, copy);
  assert_equals(copy.b.get(copy), copy.a);
  assert_equals(copy.a.length, 3);
  assert_false(1 in copy.a);
  assert_true("u" in copy);
  const [[key, set]] = copy.b;
  assert_equals(key.k, 1);
  assert_array_equals([...set], [1, "x"]);
}, "containers, holes, cycles and what is there twice");
test(() => {
  class Point { constructor() { this.x = 1; } get y() { return 2; } }
  const value = Object.assign(new Point(), { [Symbol("s")]: 1 });
  Object.defineProperty(value, "hidden", { value: 1, enumerable: false });
  Object.defineProperty(value, "got", { get: () => 3, enumerable: true });
  const copy = structuredClone(value);
  assert_equals(Object.getPrototypeOf(copy), Object.prototype);
  assert_object_equals(copy, { x: 1, got: 3 });
  class Tagged { get [Symbol.toStringTag]() { return "Tagged"; } }
  assert_object_equals(structuredClone(new Tagged()), {}, "a tag of the script's is none");
}, "own properties that can be enumerated, by their values");
test(() => {
  for (const type of [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]) {
    const error = new type("m", { cause: [1] });
    const copy = structuredClone(error);
    assert_equals(Object.getPrototypeOf(copy), type.prototype);
    assert_equals(copy.message, "m");
    assert_equals(copy.stack, error.stack);
    assert_equals(copy.cause[0], 1);
  }
  const other = new Error("x");
  other.name = "Own";
  assert_equals(structuredClone(other).name, "Error");
  other.name = "RangeError";
  assert_true(structuredClone(other) instanceof RangeError);
  const exception = structuredClone(new DOMException("m", "NotFoundError"));
  assert_true(exception instanceof DOMException);
  assert_array_equals([exception.name, exception.message, exception.code], ["NotFoundError", "m", 8]);
}, "errors");
test(() => {
  const buffer = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer;
  const copy = structuredClone({ bytes: new Uint8Array(buffer, 2, 3), data: new DataView(buffer, 1), big: new BigInt64Array(buffer), buffer });
  assert_array_equals(copy.bytes, [3, 4, 5]);
  assert_equals(copy.bytes.byteOffset, 2);
  assert_equals(copy.data.byteLength, 7);
  assert_equals(copy.bytes.buffer, copy.buffer, "of the same buffer");
  assert_equals(copy.big.buffer, copy.buffer);
  assert_not_equals(copy.buffer, buffer);
  const shrinking = new ArrayBuffer(8, { maxByteLength: 8 });
  const views = [new Uint8Array(shrinking, 4, 4), new DataView(shrinking, 4, 4)];
  shrinking.resize(4);
  for (const view of views) assert_throws_dom("DataCloneError", () => structuredClone(view), "outside of its buffer");
  const growing = new ArrayBuffer(2, { maxByteLength: 8 });
  const other = structuredClone(new Uint8Array(growing));
  assert_equals(other.buffer.maxByteLength, 8);
  other.buffer.resize(4);
  assert_equals(other.length, 4);
}, "buffers and views");
promise_test(async () => {
  const blob = structuredClone(new Blob(["ab"], { type: "a/b" }));
  assert_equals(await blob.text() + blob.type, "aba/b");
  const file = structuredClone(new File(["c"], "n", { type: "t/t", lastModified: 5 }));
  assert_true(file instanceof File);
  assert_array_equals([file.name, file.type, file.lastModified, await file.text()], ["n", "t/t", 5, "c"]);
}, "Blob and File");
for (const [name, make] of Object.entries({
  function: () => () => {}, symbol: () => Symbol("s"), "object of a symbol": () => Object(Symbol("s")), WeakMap: () => new WeakMap(),
  WeakRef: () => new WeakRef({}), Promise: () => Promise.resolve(), generator: () => (function* () {})(), Request: () => new Request("http://h"),
  Response: () => new Response(), Headers: () => new Headers(), URL: () => new URL("http://h"), ReadableStream: () => new ReadableStream(),
  Event: () => new Event("x"), AbortSignal: () => AbortSignal.abort(), port: () => new MessageChannel().port1 })) {
  test(() => {
    assert_throws_dom("DataCloneError", () => structuredClone(make()));
    assert_throws_dom("DataCloneError", () => structuredClone({ deep: [make()] }));
  }, `a ${name} cannot be cloned`);
}
test(() => {
  assert_throws_js(TypeError, () => structuredClone());
  const thrown = new Error("from a getter");
  assert_throws_exactly(thrown, () => structuredClone({ get a() { throw thrown; } }));
}, "what throws");

// 2.7.7, with transfer
test(() => {
  const buffer = new Uint8Array([1, 2]).buffer;
  const copy = structuredClone({ buffer, bytes: new Uint8Array(buffer) }, { transfer: [buffer] });
  assert_true(buffer.detached);
  assert_equals(copy.buffer.byteLength, 2);
  assert_equals(copy.bytes.buffer, copy.buffer);
  assert_throws_dom("DataCloneError", () => structuredClone(buffer));
  assert_throws_dom("DataCloneError", () => structuredClone(1, { transfer: [buffer] }));
  const kept = new ArrayBuffer(1);
  assert_throws_dom("DataCloneError", () => structuredClone(() => {}, { transfer: [kept] }));
  assert_false(kept.detached, "nothing is moved if it throws");
  assert_throws_dom("DataCloneError", () => structuredClone(1, { transfer: [kept, kept] }));
  assert_throws_dom("DataCloneError", () => structuredClone({}, { transfer: [{}] }));
  structuredClone(1, { transfer: [kept] });
  assert_true(kept.detached, "it need not be in the value");
}, "buffers are transferred");
promise_test(async () => {
  const stream = new ReadableStream({ start(controller) { controller.enqueue({ a: 1 }); controller.enqueue("b"); controller.close(); } });
  const { s } = structuredClone({ s: stream }, { transfer: [stream] });
  assert_true(stream.locked);
  const seen = [];
  for await (const each of s) seen.push(each);
  assert_equals(JSON.stringify(seen), '[{"a":1},"b"]');
  assert_throws_dom("DataCloneError", () => structuredClone(stream, { transfer: [stream] }));
  const written = [];
  const target = new WritableStream({ write(each) { written.push(each); }, close() { written.push("closed"); } });
  const writer = structuredClone(target, { transfer: [target] }).getWriter();
  await writer.write(1);
  await writer.close();
  assert_array_equals(written, [1, "closed"]);
  const through = new TransformStream({ transform(each, controller) { controller.enqueue(each * 2); } });
  const moved = structuredClone(through, { transfer: [through] });
  const input = moved.writable.getWriter();
  input.write(21);
  assert_equals((await moved.readable.getReader().read()).value, 42);
}, "streams are transferred");

// 9.4: channels
promise_test(async () => {
  const { port1, port2 } = new MessageChannel();
  const seen = [];
  port1.onmessage = (event) => seen.push(event.isTrusted && event.data);
  port2.postMessage({ a: [1] });
  port2.postMessage("two");
  assert_equals(seen.length, 0, "not at once");
  await new Promise((resolve) => { port1.addEventListener("message", () => { if (seen.length === 2) resolve(); }); });
  assert_equals(JSON.stringify(seen), '[{"a":[1]},"two"]');
  assert_throws_dom("DataCloneError", () => port1.postMessage(() => {}));
  assert_throws_js(TypeError, () => new MessagePort());
}, "messages arrive, in order, when the port was started");
promise_test(async () => {
  const { port1, port2 } = new MessageChannel();
  port2.postMessage("before");
  let count = 0;
  const first = new Promise((resolve) => port1.addEventListener("message", (event) => { count++; resolve(event.data); }));
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert_equals(count, 0, "addEventListener starts nothing");
  port1.start();
  assert_equals(await first, "before");
}, "messages wait for start()");
promise_test(async () => {
  const outer = new MessageChannel();
  const inner = new MessageChannel();
  const arrived = new Promise((resolve) => { outer.port1.onmessage = resolve; });
  outer.port2.postMessage("take", [inner.port1]);
  const { data, ports } = await arrived;
  assert_equals(data, "take");
  assert_equals(ports.length, 1);
  const answered = new Promise((resolve) => { inner.port2.onmessage = ({ data: each }) => resolve(each); });
  ports[0].postMessage("through the moved one");
  assert_equals(await answered, "through the moved one");
  assert_throws_dom("DataCloneError", () => outer.port2.postMessage(1, [inner.port1]));
  const closed = new Promise((resolve) => { inner.port2.onclose = resolve; });
  ports[0].close();
  await closed;
}, "ports are transferred, and close");
