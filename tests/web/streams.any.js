// https://streams.spec.whatwg.org/

const from = (...chunks) => new ReadableStream({ start(controller) { for (const each of chunks) controller.enqueue(each); controller.close(); } });
const all = async (stream) => { const seen = []; for await (const each of stream) seen.push(each); return seen; };

promise_test(async (t) => {
  let pulls = 0;
  const stream = new ReadableStream({ pull(controller) { pulls++; controller.enqueue(pulls); if (pulls === 3) controller.close(); } }, { highWaterMark: 0 });
  assert_false(stream.locked);
  const reader = stream.getReader();
  assert_true(stream.locked);
  assert_throws_js(TypeError, () => stream.getReader());
  assert_equals(pulls, 0);
  assert_object_equals(await reader.read(), { value: 1, done: false });
  reader.releaseLock();
  assert_array_equals(await all(stream), [2, 3]);
  const failing = new ReadableStream({ start(controller) { controller.error("e"); } });
  await promise_rejects_exactly(t, "e", failing.getReader().read());
}, "4.2, 4.3: readable streams and their readers");
promise_test(async () => {
  let reason;
  const stream = new ReadableStream({ start(controller) { controller.enqueue(1); }, cancel(given) { reason = given; } });
  await stream.cancel("why");
  assert_equals(reason, "why");
  const early = new ReadableStream({ start(controller) { controller.enqueue(1); controller.enqueue(2); }, cancel(given) { reason = given; } });
  for await (const each of early) { assert_equals(each, 1); break; }
  assert_equals(reason, undefined);
  assert_array_equals(await all(ReadableStream.from(["a", Promise.resolve("b")])), ["a", "b"]);
  const [one, two] = from(1, 2).tee();
  assert_array_equals([...await all(one), ...await all(two)], [1, 2, 1, 2]);
}, "cancel, iteration, from, tee");
promise_test(async () => {
  const stream = new ReadableStream({ type: "bytes", start(controller) { controller.enqueue(new Uint8Array([1, 2, 3, 4, 5])); controller.close(); } });
  const reader = stream.getReader({ mode: "byob" });
  const { value } = await reader.read(new Uint8Array(2));
  assert_array_equals(value, [1, 2]);
  assert_array_equals((await reader.read(new Uint8Array(8))).value, [3, 4, 5]);
  assert_true((await reader.read(new Uint8Array(1))).done);
  let requested;
  const pulled = new ReadableStream({ type: "bytes", pull(controller) { requested = controller.byobRequest.view.byteLength; controller.byobRequest.view[0] = 9; controller.byobRequest.respond(1); } });
  assert_array_equals((await pulled.getReader({ mode: "byob" }).read(new Uint8Array(4))).value, [9]);
  assert_equals(requested, 4);
}, "4.5, 4.7: byte streams");
promise_test(async (t) => {
  const written = [];
  const stream = new WritableStream({ write(each) { written.push(each); }, close() { written.push("closed"); } }, new CountQueuingStrategy({ highWaterMark: 2 }));
  const writer = stream.getWriter();
  assert_equals(writer.desiredSize, 2);
  await writer.ready;
  writer.write("a");
  writer.write("b");
  await writer.close();
  assert_array_equals(written, ["a", "b", "closed"]);
  await promise_rejects_js(t, TypeError, writer.write("c"));
  const aborted = new WritableStream({ abort(reason) { written.push(reason); } });
  await aborted.abort("stop");
  assert_equals(written.at(-1), "stop");
}, "5: writable streams");
promise_test(async (t) => {
  const doubled = new TransformStream({ transform(each, controller) { controller.enqueue(each * 2); }, flush(controller) { controller.enqueue("end"); } });
  assert_array_equals(await all(from(1, 2).pipeThrough(doubled)), [2, 4, "end"]);
  const seen = [];
  await from("a", "b").pipeTo(new WritableStream({ write(each) { seen.push(each); } }));
  assert_array_equals(seen, ["a", "b"]);
  const controller = new AbortController();
  const endless = new ReadableStream({ pull(inner) { inner.enqueue(1); } });
  const piped = endless.pipeTo(new WritableStream({ write() { controller.abort("enough"); } }), { signal: controller.signal });
  await promise_rejects_exactly(t, "enough", piped);
  await promise_rejects_exactly(t, "bad", new ReadableStream({ start(inner) { inner.error("bad"); } }).pipeTo(new WritableStream()));
}, "6, 4.9: transform streams and pipes");
test(() => {
  assert_equals(new ByteLengthQueuingStrategy({ highWaterMark: 5 }).size(new Uint8Array(3)), 3);
  assert_equals(new CountQueuingStrategy({ highWaterMark: 5 }).highWaterMark, 5);
  assert_throws_js(TypeError, () => new ReadableStream({ type: "other" }));
  assert_throws_js(RangeError, () => new ReadableStream({}, { highWaterMark: -1 }));
  assert_class_string(new WritableStream(), "WritableStream");
}, "7: strategies");
