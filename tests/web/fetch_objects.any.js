// https://fetch.spec.whatwg.org/: Headers, bodies, Request, Response

delete globalThis.location; // workers have none
// 5.1 Headers
test(() => {
  assert_array_equals([...new Headers({ B: "1", a: "2" })].flat(), ["a", "2", "b", "1"], "sorted, in lower case");
  assert_array_equals([...new Headers([["a", "1"], ["A", "2"]])].flat(), ["a", "1, 2"]);
  assert_array_equals([...new Headers(new Headers({ x: "y" }))].flat(), ["x", "y"]);
  assert_equals([...new Headers(undefined)].length, 0);
  assert_throws_js(TypeError, () => new Headers(null));
  assert_throws_js(TypeError, () => new Headers("a"));
  assert_throws_js(TypeError, () => new Headers([["a"]]));
  assert_throws_js(TypeError, () => new Headers([["a", "b", "c"]]));
  assert_throws_js(TypeError, () => Headers());
}, "constructor");
test(() => {
  const headers = new Headers();
  headers.append("X-A", " 1\t");
  headers.append("x-a", "2");
  assert_equals(headers.get("X-a"), "1, 2");
  headers.set("x-A", "3");
  assert_equals(headers.get("x-a"), "3");
  assert_true(headers.has("X-A"));
  assert_equals(headers.get("none"), null);
  headers.delete("X-A");
  assert_false(headers.has("x-a"));
  headers.append("Set-Cookie", "a=1");
  headers.append("set-cookie", "b=2");
  assert_array_equals(headers.getSetCookie(), ["a=1", "b=2"]);
  assert_equals(headers.get("set-cookie"), "a=1, b=2");
  assert_array_equals([...headers.values()], ["a=1", "b=2"], "cookies are not joined");
  headers.set("b", "");
  assert_equals(headers.get("b"), "");
}, "append, set, get, has, delete, getSetCookie");
test(() => {
  const headers = new Headers();
  for (const name of ["", " ", "a b", "a\n", "é", "a:"]) {
    assert_throws_js(TypeError, () => headers.append(name, "v"), JSON.stringify(name));
    assert_throws_js(TypeError, () => headers.get(name), JSON.stringify(name));
  }
  for (const value of ["a\nb", "a\0", "€"]) assert_throws_js(TypeError, () => headers.set("a", value), JSON.stringify(value));
  headers.set("a", "\n v \r\n");
  assert_equals(headers.get("a"), "v", "what is around it is taken off");
  headers.set("latin", "\xe9");
  assert_equals(headers.get("latin"), "\xe9");
  assert_throws_js(TypeError, () => headers.append("a"));
  assert_throws_js(TypeError, () => headers.get());
}, "names and values that HTTP does not have");
test(() => {
  const headers = new Headers({ c: "3", a: "1" });
  const seen = [];
  for (const [name] of headers) {
    seen.push(name);
    if (name === "a") headers.append("b", "2");
  }
  assert_array_equals(seen, ["a", "b", "c"], "a change while it is iterated is seen");
  assert_equals(Headers.prototype[Symbol.iterator], Headers.prototype.entries);
  assert_equals(Object.prototype.toString.call(headers.keys()), "[object Headers Iterator]");
  const each = [];
  headers.forEach(function (value, name, of) { each.push(value, name, of === headers, this.x); }, { x: 1 });
  assert_array_equals(each.slice(0, 4), ["1", "a", true, 1]);
  assert_throws_js(TypeError, () => headers.forEach());
}, "iteration");

// 5.2 and 5.3: bodies
for (const [name, body, type, text] of [["text", "é", "text/plain;charset=UTF-8", "é"], ["bytes", new Uint8Array([97, 98]).subarray(1), null, "b"],
  ["a buffer", new Uint8Array([99]).buffer, null, "c"], ["a blob", new Blob(["d"], { type: "a/b" }), "a/b", "d"], ["a blob without a type", new Blob(["e"]), null, "e"],
  ["parameters", new URLSearchParams("a=b c"), "application/x-www-form-urlencoded;charset=UTF-8", "a=b+c"], ["any object", { toString: () => "o" }, "text/plain;charset=UTF-8", "o"]]) {
  promise_test(async () => {
    const response = new Response(body);
    assert_equals(response.headers.get("content-type"), type);
    assert_false(response.bodyUsed);
    assert_equals(await response.text(), text);
    assert_true(response.bodyUsed);
    const request = new Request("http://h/", { method: "POST", body, headers: { "content-type": "own/type" } });
    assert_equals(request.headers.get("content-type"), "own/type");
    assert_equals(await request.text(), text);
  }, `a body of ${name}`);
}
promise_test(async (t) => {
  const made = () => new Response('{"a":[1]}');
  assert_equals((await made().json()).a[0], 1);
  assert_equals((await made().arrayBuffer()).byteLength, 9);
  assert_class_string(await made().bytes(), "Uint8Array");
  assert_equals((await made().blob()).type, "text/plain;charset=UTF-8");
  await promise_rejects_js(t, SyntaxError, new Response("{").json());
  assert_equals(await new Response("\ufeffa").text(), "a");
  const used = made();
  await used.text();
  await promise_rejects_js(t, TypeError, used.json());
  assert_throws_js(TypeError, () => used.clone());
  assert_equals(await new Response().text(), "");
  assert_equals(new Response().body, null);
  const locked = made();
  locked.body.getReader();
  await promise_rejects_js(t, TypeError, locked.text());
  assert_throws_js(TypeError, () => new Response(locked.body));
}, "what a body is read as, and once");
promise_test(async () => {
  const response = new Response(new ReadableStream({ start(controller) { controller.enqueue(new Uint8Array([97])); controller.close(); } }));
  const copy = response.clone();
  assert_equals(await response.text() + await copy.text(), "aa");
  const { value } = await new Response("x").body.getReader().read();
  assert_array_equals(value, [120]);
}, "bodies are streams, and cloned");

// 5.4 Request
test(() => {
  const request = new Request("HTTP://H:80/a?b#c", { method: "post", headers: { a: "b" }, redirect: "manual", cache: "no-store", credentials: "omit" });
  assert_array_equals([request.method, request.url, request.headers.get("a"), request.redirect, request.cache, request.credentials],
    ["POST", "http://h/a?b#c", "b", "manual", "no-store", "omit"]);
  assert_true(request.signal instanceof AbortSignal);
  assert_equals(new Request("http://h", { method: "patch" }).method, "patch", "only some methods are put in upper case");
  const plain = new Request(new URL("http://h/"));
  assert_array_equals([plain.method, plain.redirect, plain.body, plain.bodyUsed, plain.integrity, plain.keepalive], ["GET", "follow", null, false, "", false]);
  const heir = new Request(request, { method: "PUT", headers: { c: "d" } });
  assert_array_equals([heir.method, heir.headers.get("a"), heir.headers.get("c")], ["PUT", null, "d"]);
}, "attributes");
test(() => {
  for (const [input, init] of [["no url"], ["http://u:p@h/"], ["http://h", { method: "a b" }], ["http://h", { method: "TRACE" }], ["http://h", { method: "connect" }],
    ["http://h", { body: "x" }], ["http://h", { method: "HEAD", body: "x" }], ["http://h", { redirect: "no" }], ["http://h", { signal: {} }],
    ["http://h", { window: "x" }]]) {
    assert_throws_js(TypeError, () => new Request(input, init), `${input} ${Object.keys(init ?? {})}`);
  }
  assert_throws_js(TypeError, () => Request("http://h"));
}, "what is no request");
promise_test(async () => {
  const controller = new AbortController();
  const request = new Request("http://h", { method: "POST", body: "b", signal: controller.signal });
  const copy = request.clone();
  const taken = new Request(request);
  assert_true(request.bodyUsed, "the other has its body");
  controller.abort("why");
  assert_array_equals([request.signal.aborted, copy.signal.reason, taken.signal.reason], [true, "why", "why"]);
  assert_equals(await copy.text() + await taken.text(), "bb");
}, "clones, and signals that follow");

// 5.5 Response
test(() => {
  const response = new Response("x", { status: 404, statusText: "No", headers: { a: "b" } });
  assert_array_equals([response.status, response.ok, response.statusText, response.type, response.url, response.redirected, response.headers.get("a")],
    [404, false, "No", "default", "", false, "b"]);
  assert_true(new Response().ok);
  for (const status of [199, 600, 0, -1]) assert_throws_js(RangeError, () => new Response("", { status }), String(status));
  for (const status of [204, 205, 304]) {
    assert_throws_js(TypeError, () => new Response("", { status }), String(status));
    assert_equals(new Response(null, { status }).status, status);
  }
  assert_throws_js(TypeError, () => new Response("", { statusText: "a\nb" }));
}, "constructor");
promise_test(async () => {
  const error = Response.error();
  assert_array_equals([error.type, error.status, error.body], ["error", 0, null]);
  assert_throws_js(TypeError, () => error.headers.append("a", "b"));
  const redirect = Response.redirect("http://h/a", 308);
  assert_array_equals([redirect.status, redirect.headers.get("location"), redirect.body], [308, "http://h/a", null]);
  assert_equals(Response.redirect("http://h").status, 302);
  assert_throws_js(RangeError, () => Response.redirect("http://h", 200));
  assert_throws_js(TypeError, () => Response.redirect("http://["));
  const json = Response.json({ a: 1 }, { status: 201, headers: { b: "c" } });
  assert_array_equals([json.status, json.headers.get("content-type"), json.headers.get("b"), await json.text()], [201, "application/json", "c", '{"a":1}']);
  assert_throws_js(TypeError, () => Response.json(undefined));
  assert_throws_js(TypeError, () => Response.json(1n));
}, "Response.error, redirect, json");

test(() => {
  const before = globalThis.location;
  globalThis.location = { href: "http://a.example/b/c?d" };
  assert_equals(new Request("../e").url, "http://a.example/e");
  assert_equals(new Request("").url, "http://a.example/b/c?d");
  assert_equals(Response.redirect("/f").headers.get("location"), "http://a.example/f");
  assert_throws_js(TypeError, () => new URL("../e"), "a URL has no base but the one that is given");
  for (const other of [undefined, {}, { href: 1 }, { href: "no URL" }]) {
    globalThis.location = other;
    assert_throws_js(TypeError, () => new Request("../e"));
  }
  globalThis.location = before;
}, "relative URLs have the base that a script gives them");
