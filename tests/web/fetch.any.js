// META: loopback=yes
// https://fetch.spec.whatwg.org/#fetch-method, against a server on loopback (tests/loopback.py)

delete globalThis.location; // workers have none
globalThis.fetch = outside; // the server is no file of a suite
const at = (path) => `${loopback}${path}`;
const echoed = async (path, init) => (await fetch(at(path), init)).json();
const utf8 = new TextEncoder();
const pieces = (...list) => new ReadableStream({
  start(controller) {
    for (const piece of list) controller.enqueue(utf8.encode(piece));
    controller.close();
  },
});

promise_test(async () => {
  for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
    assert_equals((await echoed("/echo", { method })).method, method);
  }
  assert_equals((await echoed("/echo", { method: "post" })).method, "POST");
  const head = await fetch(at("/echo"), { method: "HEAD" });
  assert_array_equals([head.status, await head.text(), head.body], [200, "", null]);
  for (const method of ["CONNECT", "trace", "TRACK", "a b", ""]) await promise_rejects_js(this, TypeError, fetch(at("/echo"), { method }));
  await promise_rejects_js(this, TypeError, fetch(at("/echo"), { method: "GET", body: "x" }));
}, "methods");

promise_test(async () => {
  const form = new FormData();
  form.append("a", "ü");
  const bodies = [
    ["text ü", "text ü", "text/plain;charset=UTF-8"], [utf8.encode("bytes"), "bytes", undefined], [utf8.encode("xbuffer").slice(1).buffer, "buffer", undefined],
    [new DataView(utf8.encode("view").buffer, 1), "iew", undefined], [new Blob(["blob"], { type: "text/x" }), "blob", "text/x"],
    [new URLSearchParams({ a: "1 2" }), "a=1+2", "application/x-www-form-urlencoded;charset=UTF-8"], [{ toString: () => "object" }, "object", "text/plain;charset=UTF-8"],
  ];
  for (const [body, wanted, type] of bodies) {
    const seen = await echoed("/echo", { method: "POST", body });
    assert_array_equals([seen.body, seen.headers["content-type"], seen.headers["content-length"]], [wanted, type, String(utf8.encode(wanted).length)], wanted);
  }
  const { body, headers } = await echoed("/echo", { method: "POST", body: form });
  assert_true(headers["content-type"].startsWith("multipart/form-data; boundary=") && body.includes('name="a"\r\n\r\nü\r\n'));
  assert_equals((await echoed("/echo", { method: "POST", body: "x", headers: { "content-type": "a/b" } })).headers["content-type"], "a/b");
  assert_equals((await echoed("/echo", { method: "POST" })).headers["content-length"] ?? "0", "0");
}, "bodies of all types");

promise_test(async () => {
  const seen = await echoed("/echo", { headers: [["X-A", "1"], ["x-a", " 2 "], ["x-b", "ü"]] });
  assert_array_equals([seen.headers["x-a"], seen.headers["x-b"]], ["1, 2", "ü"]);
  const { headers } = await fetch(at("/fields"));
  assert_array_equals([headers.get("X-TWICE"), headers.get("set-cookie"), headers.getSetCookie().length], ["one, two", "a=1, b=2", 2]);
  for (const change of [() => headers.set("a", "b"), () => headers.append("a", "b"), () => headers.delete("x-twice")]) assert_throws_js(TypeError, change);
  for (const immutable of [Response.error().headers, Response.redirect(at("/")).headers]) assert_throws_js(TypeError, () => immutable.set("a", "b"));
  const bytes = "\u00c3\u00bc"; // UTF-8 of ü, as a browser shows such a field
  assert_equals((await echoed("/echo", { headers: { "x-a": bytes } })).headers["x-a"], bytes);
  const own = new Response("", { headers }).headers;
  own.set("a", "b");
  assert_equals(own.get("a"), "b");
  for (const bad of [{ "a b": "c" }, { a: "b\nc" }, { a: "\0" }, { ü: "a" }, [["a"]], [["a", "b", "c"]]]) {
    assert_throws_js(TypeError, () => new Request(at("/"), { headers: bad }));
  }
}, "header fields, and who may change them");

promise_test(async () => {
  const followed = await fetch(at("/redirect?302,/echo?x"));
  assert_array_equals([followed.redirected, followed.url, (await followed.json()).path], [true, at("/echo?x"), "/echo?x"]);
  const manual = await fetch(at("/redirect?301,/echo"), { redirect: "manual" });
  assert_array_equals([manual.status, manual.redirected, manual.headers.get("location"), manual.url], [301, false, "/echo", at("/redirect?301,/echo")]);
  await promise_rejects_js(this, TypeError, fetch(at("/redirect?302,/echo"), { redirect: "error" }));
  await promise_rejects_js(this, TypeError, fetch(at("/redirect?302,ftp://a/")));
  const chain = encodeURIComponent(`302,${encodeURIComponent("/redirect?307,/echo")}`);
  assert_equals((await fetch(at(`/redirect?302,${encodeURIComponent("/redirect?307,/echo")}`))).url, at("/echo"), chain);
  assert_equals((await fetch(at("/redirect?302,/echo%23part"))).url.split("#")[0], at("/echo"));
}, "redirects are followed, shown or refused");

promise_test(async () => {
  const wanted = { 301: ["GET", "PUT"], 302: ["GET", "PUT"], 303: ["GET", "GET"], 307: ["POST", "PUT"], 308: ["POST", "PUT"] };
  for (const [status, methods] of Object.entries(wanted)) {
    for (const [place, method] of ["POST", "PUT"].entries()) {
      const seen = await echoed(`/redirect?${status},/echo`, { method, body: "body" });
      assert_array_equals([seen.method, seen.body, seen.headers["content-type"] === undefined], [methods[place], methods[place] === "GET" ? "" : "body", methods[place] === "GET"], `${status} ${method}`);
    }
  }
  assert_equals((await fetch(at("/redirect?303,/echo"), { method: "HEAD" })).url, at("/echo"));
  await promise_rejects_js(this, TypeError, fetch(at("/redirect?307,/echo"), { method: "POST", body: pieces("x"), duplex: "half" }));
  assert_equals((await echoed("/redirect?303,/echo", { method: "POST", body: pieces("x"), duplex: "half" })).method, "GET");
}, "methods and bodies behind a redirect");

promise_test(async () => {
  const seen = await echoed("/echo", { method: "POST", body: pieces("one ", "two"), duplex: "half" });
  assert_array_equals([seen.body, seen.headers["transfer-encoding"]], ["one two", "chunked"]);
  const { readable, writable } = new TransformStream();
  const answer = await fetch(at("/backwards"), { method: "POST", body: readable, duplex: "half" });
  const writer = writable.getWriter();
  const reader = answer.body.getReader();
  for (const word of ["first", "second"]) {
    writer.write(utf8.encode(word));
    assert_equals(new TextDecoder().decode((await reader.read()).value), [...word].reverse().join(""));
  }
  writer.close();
  assert_true((await reader.read()).done);
  await promise_rejects_js(this, TypeError, fetch(at("/echo"), { method: "POST", body: new ReadableStream({ start(c) { c.enqueue("text"); c.close(); } }), duplex: "half" }));
  const broken = new Error("broken");
  await promise_rejects_exactly(this, broken, fetch(at("/echo"), { method: "POST", body: new ReadableStream({ pull(c) { c.error(broken); } }), duplex: "half" }));
}, "streams in both directions, at the same time");

promise_test(async () => {
  assert_throws_js(TypeError, () => new Request(at("/"), { method: "POST", body: pieces("x") }));
  for (const duplex of ["full", "", "HALF"]) assert_throws_js(TypeError, () => new Request(at("/"), { method: "POST", body: "x", duplex }));
  const used = pieces("x");
  used.getReader();
  assert_throws_js(TypeError, () => new Request(at("/"), { method: "POST", body: used, duplex: "half" }));
  const passed = await fetch(at("/echo"), { method: "POST", body: (await fetch(at("/encoded?none"))).body });
  assert_true((await passed.json()).body.startsWith("encoded text "));
  const request = new Request(at("/echo"), { method: "PUT", body: pieces("body"), duplex: "half" });
  const other = new Request(request, { headers: { a: "b" } });
  assert_array_equals([request.bodyUsed, other.bodyUsed, other.method, await other.text()], [true, false, "PUT", "body"]);
}, "a body that is a stream needs duplex");

promise_test(async (t) => {
  await (await fetch(at("/left"))).text();
  const reason = new Error("enough");
  await promise_rejects_exactly(t, reason, fetch(at("/echo"), { signal: AbortSignal.abort(reason) }));
  await promise_rejects_dom(t, "AbortError", fetch(at("/echo"), { signal: AbortSignal.abort() }));
  let cancelled;
  const stream = new ReadableStream({ cancel(why) { cancelled = why; } });
  await promise_rejects_exactly(t, reason, fetch(at("/echo"), { method: "POST", body: stream, duplex: "half", signal: AbortSignal.abort(reason) }));
  assert_equals(cancelled, reason);
}, "aborted before");
promise_test(async (t) => {
  const controller = new AbortController();
  const promise = fetch(at("/never"), { signal: controller.signal });
  const reason = new Error("no longer");
  setTimeout(() => controller.abort(reason), 20);
  await promise_rejects_exactly(t, reason, promise);
  await promise_rejects_dom(t, "TimeoutError", fetch(at("/never"), { signal: AbortSignal.timeout(20) }));
  let left = 0;
  while (left < 2) left += Number(await (await fetch(at("/left"))).text());
  assert_equals(left, 2, "the server sees that nobody waits");
  let cancelled;
  const uploading = new AbortController();
  const body = new ReadableStream({ pull: () => new Promise(() => {}), cancel(why) { cancelled = why; } });
  const upload = fetch(at("/echo"), { method: "POST", body, duplex: "half", signal: uploading.signal });
  setTimeout(() => uploading.abort(reason), 20);
  await promise_rejects_exactly(t, reason, upload);
  assert_equals(cancelled, reason);
}, "aborted before there is an answer");
promise_test(async (t) => {
  const reason = new Error("in the middle");
  const controller = new AbortController();
  const { body } = await fetch(at("/begins"), { signal: controller.signal });
  const reader = body.getReader();
  assert_equals(new TextDecoder().decode((await reader.read()).value), "begin");
  const pending = reader.read();
  const closed = reader.closed;
  controller.abort(reason);
  await promise_rejects_exactly(t, reason, pending);
  await promise_rejects_exactly(t, reason, closed);
  const second = new AbortController();
  const text = (await fetch(at("/begins"), { signal: second.signal })).text();
  second.abort(reason);
  await promise_rejects_exactly(t, reason, text);
  const third = await fetch(at("/begins"));
  await third.body.cancel();
  let left = 0;
  while (left < 3) left += Number(await (await fetch(at("/left"))).text());
  assert_equals(left, 3);
}, "aborted or cancelled in the middle of an answer");
promise_test(async () => {
  const controller = new AbortController();
  const response = await fetch(at("/echo"), { signal: controller.signal });
  const seen = await response.json();
  controller.abort();
  const other = await echoed("/echo");
  assert_array_equals([seen.method, other.method], ["GET", "GET"]);
  const cut = new AbortController();
  const kept = await fetch(at("/encoded?none"), { signal: cut.signal });
  await kept.text();
  cut.abort();
  assert_true(kept.bodyUsed);
}, "aborted after all is there");

promise_test(async () => {
  for (const how of ["gzip", "x-gzip", "deflate", "raw"]) {
    const response = await fetch(at(`/encoded?${how}`));
    assert_equals(response.headers.get("content-encoding"), null, how);
    assert_equals(response.headers.get("content-length"), null, how);
    const text = await response.text();
    assert_array_equals([text.length, text.slice(0, 13)], [13000, "encoded text "], how);
    let size = 0;
    for await (const chunk of (await fetch(at(`/encoded?${how}`))).body) size += chunk.length;
    assert_equals(size, 13000, how);
  }
  assert_equals((await fetch(at("/encoded?none"))).headers.get("content-length"), "13000");
  for (const how of ["broken", "cut"]) await promise_rejects_js(this, TypeError, (await fetch(at(`/encoded?${how}`))).text());
  const unknown = await fetch(at("/encoded?br"));
  assert_array_equals([unknown.headers.get("content-encoding"), (await unknown.bytes()).length], ["br", 8]);
  assert_equals((await fetch(at("/encoded?gzip"), { method: "HEAD" })).headers.get("content-encoding"), "gzip");
}, "answers that are encoded");

promise_test(async () => {
  const response = await fetch(at("/encoded?none"));
  const copy = response.clone();
  assert_array_equals([copy.url, copy.status, copy.type], [response.url, 200, "default"]);
  assert_equals(await response.text(), await copy.text());
  assert_throws_js(TypeError, () => response.clone());
  const [one, other] = (await fetch(at("/encoded?gzip"))).body.tee();
  assert_equals((await new Response(one).text()).length + (await new Response(other).bytes()).length, 26000);
  const request = new Request(at("/echo"), { method: "POST", body: "twice" });
  const again = request.clone();
  assert_array_equals([(await (await fetch(request)).json()).body, (await (await fetch(again)).json()).body], ["twice", "twice"]);
  await promise_rejects_js(this, TypeError, fetch(request));
}, "clones, and bodies that are read twice");

promise_test(async () => {
  for (const [type, wanted] of [
    ["text/html; charset=UTF-8", "text/html;charset=UTF-8"], ["text/plain", "text/plain"], ["TEXT/Plain;  A=b ; c", "text/plain;a=b"], ["text/html;charset=GBK", "text/html;charset=GBK"],
    ['a/b; x="1 \\"2"; x=3', 'a/b;x="1 \\"2"'], ["no type", ""], ["a/b/c", ""], ["", ""], ["text/html, a/b", "a/b"], ["text/html;charset=x, text/html", "text/html;charset=x"],
  ]) {
    assert_equals((await new Response("x", { headers: { "content-type": type } }).blob()).type, wanted, type);
  }
  assert_equals((await (await fetch(at("/fields"))).blob()).type, "text/html;charset=UTF-8");
  assert_equals((await new Response(new Uint8Array()).blob()).type, "");
}, "the type of a blob of a body");

test(() => {
  for (const referrer of ["http://:bad", "no url", "//x"]) assert_throws_js(TypeError, () => new Request(at("/"), { referrer }), referrer);
  assert_array_equals([new Request(at("/")).referrer, new Request(at("/"), { referrer: "" }).referrer, new Request(at("/"), { referrer: "about:client" }).referrer], ["about:client", "", "about:client"]);
  assert_throws_js(TypeError, () => new Request(at("/"), { referrerPolicy: "none" }));
  assert_equals(new Request(at("/"), { referrerPolicy: "origin" }).referrerPolicy, "origin");
  for (const mode of ["cors", "no-cors", undefined]) assert_throws_js(TypeError, () => new Request(at("/"), { cache: "only-if-cached", mode }), mode);
  assert_equals(new Request(at("/"), { cache: "only-if-cached", mode: "same-origin" }).cache, "only-if-cached");
  for (const init of [{ mode: "navigate" }, { mode: "x" }, { credentials: "x" }, { cache: "x" }, { redirect: "x" }, { priority: "x" }, { window: "x" }, { signal: {} }]) {
    assert_throws_js(TypeError, () => new Request(at("/"), init), JSON.stringify(init));
  }
  assert_throws_js(TypeError, () => new Request(at("/"), { mode: "no-cors", method: "PUT" }));
  for (const url of ["http://a:b@c/", "http://a@c/", "//x", "nothing"]) assert_throws_js(TypeError, () => new Request(url), url);
}, "what a request cannot be");
promise_test(async () => {
  await promise_rejects_js(this, TypeError, fetch(at("/echo"), { cache: "only-if-cached", mode: "same-origin" }));
  for (const url of ["http://127.0.0.1:1/", "about:blank", "blob:null/x", "ftp://127.0.0.1/", "http://a:b@127.0.0.1/"]) await promise_rejects_js(this, TypeError, fetch(url), url);
}, "requests that fail");

promise_test(async () => {
  const error = Response.error();
  assert_array_equals([error.type, error.status, error.ok, error.body, error.statusText], ["error", 0, false, null, ""]);
  for (const status of [301, 302, 303, 307, 308, "307"]) {
    const redirect = Response.redirect("http://a.example/b c", status);
    assert_array_equals([redirect.status, redirect.headers.get("location"), redirect.body], [Number(status), "http://a.example/b%20c", null]);
  }
  assert_equals(Response.redirect("http://a.example/").status, 302);
  for (const status of [200, 304, 0, "x"]) assert_throws_js(RangeError, () => Response.redirect("http://a.example/", status));
  assert_throws_js(TypeError, () => Response.redirect("nowhere"));
  const json = Response.json({ a: ["ü"] }, { status: 201, headers: { "content-type": "application/x+json" } });
  assert_array_equals([json.status, json.headers.get("content-type"), await json.text()], [201, "application/x+json", '{"a":["ü"]}']);
  assert_equals(Response.json(null).headers.get("content-type"), "application/json");
  for (const value of [undefined, () => {}, Symbol("a")]) assert_throws_js(TypeError, () => Response.json(value));
  const own = new Error("own");
  assert_throws_exactly(own, () => Response.json({ toJSON() { throw own; } }));
  for (const status of [204, 205, 304]) assert_throws_js(TypeError, () => Response.json({}, { status }));
}, "Response.error, Response.redirect, Response.json");

promise_test(async () => {
  for (const [url, type, text] of [
    ["data:,a%20b", "text/plain;charset=US-ASCII", "a b"], ["data:text/html;charset=x,<p>", "text/html;charset=x", "<p>"],
    ["data:;base64,aGk=", "text/plain;charset=US-ASCII", "hi"], ["data:a/b;base64,aGk%3D#x", "a/b", "hi"], ["data:;charset=utf-8,%C3%BC", "text/plain;charset=utf-8", "ü"],
  ]) {
    const response = await fetch(url);
    assert_array_equals([response.status, response.statusText, response.headers.get("content-type"), await response.text()], [200, "OK", type, text], url);
  }
  for (const url of ["data:text/plain", "data:;base64,a"]) await promise_rejects_js(this, TypeError, fetch(url), url);
}, "data: URLs");
