// https://fetch.spec.whatwg.org/#bodies: streams of bodies that are there already, which are mostly passed on unread

const kinds = { string: "aé", bytes: new TextEncoder().encode("aé"), blob: new Blob(["a", "é"]) };

promise_test(async () => {
  for (const [kind, content] of Object.entries(kinds)) {
    const first = new Response(content, { headers: { "content-type": "text/x" } });
    const { body } = first;
    assert_true(body instanceof ReadableStream, kind);
    assert_equals(Object.getPrototypeOf(body), ReadableStream.prototype, kind);
    assert_equals(first.body, body, "the same each time");
    const second = new Response(body, first);
    assert_equals(second.body, body, kind);
    assert_array_equals([first.bodyUsed, second.bodyUsed, body.locked], [false, false, false], kind);
    assert_equals(await second.text(), "aé", kind);
    assert_array_equals([first.bodyUsed, second.bodyUsed, body.locked], [true, true, true], kind);
    await promise_rejects_js(null, TypeError, first.text());
    assert_throws_js(TypeError, () => body.getReader());
    assert_throws_js(TypeError, () => new Response(body));
  }
}, "a body is passed on to another response");

promise_test(async () => {
  const read = ReadableStream.prototype.getReader;
  let readers = 0;
  ReadableStream.prototype.getReader = function (...options) {
    readers += 1;
    return read.apply(this, options);
  };
  try {
    assert_equals(await new Response(new Response("x").body).text(), "x");
    assert_equals((await new Response(new Response('{"a":1}').body).json()).a, 1);
    assert_equals((await new Response(new Response("xyz").body).arrayBuffer()).byteLength, 3);
    assert_equals((await new Response(new Response("xyz").body).blob()).size, 3);
    assert_equals((await new Response(new Response("a=1").body, { headers: { "content-type": "application/x-www-form-urlencoded" } }).formData()).get("a"), "1");
  } finally {
    ReadableStream.prototype.getReader = read;
  }
  assert_equals(readers, 0);
}, "nobody reads what is there as a whole");

promise_test(async () => {
  for (const [kind, content] of Object.entries(kinds)) {
    const chunks = [];
    for await (const chunk of new Response(content).body) chunks.push(...chunk);
    assert_array_equals(chunks, [0x61, 0xc3, 0xa9], `${kind}, iterated`);
    const reader = new Response(content).body.getReader();
    assert_array_equals([...(await reader.read()).value], [0x61, 0xc3, 0xa9], `${kind}, read`);
    assert_true((await reader.read()).done, kind);
    await reader.closed;
    const byob = new Response(content).body.getReader({ mode: "byob" });
    assert_array_equals([...(await byob.read(new Uint8Array(2))).value], [0x61, 0xc3], `${kind}, into a buffer`);
    assert_array_equals([...(await byob.read(new Uint8Array(2))).value], [0xa9], kind);
    assert_true((await byob.read(new Uint8Array(2))).done, kind);
    const piped = new Response(content).body.pipeThrough(new TextDecoderStream());
    let text = "";
    for await (const part of piped) text += part;
    assert_equals(text, "aé", `${kind}, piped`);
    const [one, other] = new Response(content).body.tee();
    assert_array_equals([await new Response(one).text(), await new Response(other).text()], ["aé", "aé"], `${kind}, two`);
    const { body } = new Response(content);
    assert_equals(await new Response(structuredClone(body, { transfer: [body] })).text(), "aé", `${kind}, moved`);
    assert_true(body.locked, kind);
  }
}, "its stream is read as any other");

promise_test(async () => {
  const empty = new Response("");
  assert_true((await empty.body.getReader().read()).done);
  assert_equals(await new Response(new Response("").body).text(), "");
  const cancelled = new Response("x");
  await cancelled.body.cancel();
  assert_true(cancelled.bodyUsed);
  await promise_rejects_js(null, TypeError, cancelled.text());
  const released = new Response("x");
  released.body.getReader().releaseLock();
  assert_array_equals([released.bodyUsed, released.body.locked], [false, false]);
  assert_equals(await new Response(released.body).text(), "x", "somebody had a reader, and read nothing");
}, "empty, cancelled, and released");

promise_test(async () => {
  for (const [kind, content] of Object.entries(kinds)) {
    const response = new Response(content);
    const { body } = response;
    const copy = response.clone();
    assert_true(body.locked, kind);
    const bytes = await response.bytes();
    bytes[0] = 0x62;
    assert_equals(await copy.text(), "aé", `${kind}: a copy of its own`);
  }
  const request = new Request("http://h/", { method: "POST", body: new Response("x").body, duplex: "half" });
  assert_equals(await new Request(request).text(), "x");
  assert_true(request.bodyUsed);
}, "clones, and requests");
