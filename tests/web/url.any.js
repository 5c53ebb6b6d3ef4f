// https://url.spec.whatwg.org/

// 4.4 URL parsing
for (const [input, base, href] of [
  ["http://user:pass@example.com:8080/p/a/t/h?query=string#hash", undefined, "http://user:pass@example.com:8080/p/a/t/h?query=string#hash"],
  ["HTTP://EXAMPLE.com:80/../a/./b/%2e%2e/c", undefined, "http://example.com/a/c"], ["//host/x", "https://example.com/", "https://host/x"],
  ["?q", "http://h/a/b?x#y", "http://h/a/b?q"], ["#f", "http://h/a?x", "http://h/a?x#f"], ["../x", "http://h/a/b/c", "http://h/a/x"],
  ["http://ex%41mple.com", undefined, "http://example.com/"], ["http://münchen.de/ä", undefined, "http://xn--mnchen-3ya.de/%C3%A4"],
  ["http://0x7f.1/", undefined, "http://127.0.0.1/"], ["http://[::0:1]/", undefined, "http://[::1]/"], ["mailto:a@b", undefined, "mailto:a@b"],
  ["  http://h/ \n", undefined, "http://h/"], ["ht\ntp://h/\ta", undefined, "http://h/a"], ["file:///C|/x", undefined, "file:///C:/x"],
  ["http:\\\\h\\p", undefined, "http://h/p"], ["data:text/plain,a b", undefined, "data:text/plain,a b"]]) {
  test(() => assert_equals(new URL(input, base).href, href), `${JSON.stringify(input)}${base === undefined ? "" : ` at ${base}`}`);
}
for (const input of ["", "a", "//h", "http://", "http://a b/", "http://h:65536/", "http://[::1", "http://%zz/", "http://1.2.3.4.5/", "http://a<b", "http://h:8a/"]) {
  test(() => {
    assert_throws_js(TypeError, () => new URL(input));
    assert_false(URL.canParse(input));
    assert_equals(URL.parse(input), null);
  }, `${JSON.stringify(input)} is no URL`);
}

// 6.1 URL class
test(() => {
  const url = new URL("https://u:p@h:1/a?b#c");
  assert_array_equals([url.protocol, url.username, url.password, url.host, url.hostname, url.port, url.pathname, url.search, url.hash, url.origin],
    ["https:", "u", "p", "h:1", "h", "1", "/a", "?b", "#c", "https://h:1"]);
  url.protocol = "http"; url.username = "x y"; url.password = ""; url.host = "g:2"; url.pathname = "é"; url.search = ""; url.hash = "z";
  assert_equals(url.href, "http://x%20y@g:2/%C3%A9#z");
  url.port = "80"; assert_equals(url.port, "");
  url.port = "70000"; assert_equals(url.port, "");
  url.protocol = "mailto"; assert_equals(url.protocol, "http:", "from special to not special is nothing");
  assert_throws_js(TypeError, () => { url.href = "no"; });
  assert_equals(JSON.stringify({ url }), JSON.stringify({ url: url.href }));
  assert_equals(new URL("data:x").origin, "null");
  assert_equals(new URL("blob:https://a.b/c").origin, "https://a.b");
}, "attributes");
test(() => {
  const url = new URL("http://h/?a=1");
  const { searchParams } = url;
  assert_equals(searchParams, url.searchParams, "the same object");
  searchParams.append("b", "ü &");
  assert_equals(url.search, "?a=1&b=%C3%BC+%26");
  url.search = "??x=2";
  assert_equals(searchParams.get("?x"), "2");
  url.href = "http://h/?c=3";
  assert_equals(searchParams.get("c"), "3");
  searchParams.delete("c");
  assert_equals(url.href, "http://h/");
}, "searchParams and search are in step");

// 6.2 URLSearchParams class
test(() => {
  assert_equals(new URLSearchParams("?a=b+c&d&=e&%41=%zz&&f==").toString(), "a=b+c&d=&=e&A=%25zz&f=%3D");
  assert_equals(new URLSearchParams("??a=1").toString(), "%3Fa=1");
  assert_equals(new URLSearchParams({ a: 1, b: "x" }).toString(), "a=1&b=x");
  assert_equals(new URLSearchParams([["a", "1"], new Set(["b", "2"])]).toString(), "a=1&b=2");
  assert_equals(new URLSearchParams(new URLSearchParams("a=1&a=2")).toString(), "a=1&a=2");
  assert_equals(new URLSearchParams(undefined).size, 0);
  assert_equals(new URLSearchParams(null).toString(), "null=");
  assert_throws_js(TypeError, () => new URLSearchParams([["a"]]));
  assert_throws_js(TypeError, () => new URLSearchParams([["a", "b", "c"]]));
}, "constructor");
test(() => {
  const params = new URLSearchParams("a=1&b=2&a=3&a=1");
  assert_equals(params.size, 4);
  assert_array_equals(params.getAll("a"), ["1", "3", "1"]);
  assert_true(params.has("a", "3"));
  assert_false(params.has("a", "2"));
  assert_true(params.has("b", undefined));
  params.delete("a", "1");
  assert_equals(params.toString(), "b=2&a=3");
  params.append("c", "");
  params.set("b", "é");
  assert_equals(params.toString(), "b=%C3%A9&a=3&c=");
  params.delete("a");
  assert_equals(params.get("a"), null);
  assert_array_equals([...params.keys()], ["b", "c"]);
  assert_array_equals([...params.values()], ["é", ""]);
}, "has, delete, set, get");
test(() => {
  const params = new URLSearchParams("z=b&a=b&z=a&a=a&\ufb03=x&🌈=y");
  params.sort();
  assert_equals([...params].map((pair) => pair.join("=")).join("&"), "a=b&a=a&z=b&z=a&🌈=y&\ufb03=x", "by UTF-16 units, and stable");
  const seen = [];
  for (const [name] of params) {
    seen.push(name);
    if (name === "a" && seen.length === 1) params.delete("a");
  }
  assert_array_equals(seen, ["a", "z", "🌈", "ﬃ"], "what is deleted meanwhile moves what follows");
}, "sort, and a change while it is iterated");
