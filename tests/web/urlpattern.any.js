// https://urlpattern.spec.whatwg.org/

test(() => {
  const pattern = new URLPattern({ pathname: "/books/:id(\\d+)/:rest*" });
  assert_array_equals([pattern.protocol, pattern.username, pattern.password, pattern.hostname, pattern.port, pattern.pathname, pattern.search, pattern.hash],
    ["*", "*", "*", "*", "*", "/books/:id(\\d+)/:rest*", "*", "*"]);
  assert_true(pattern.hasRegExpGroups);
  assert_true(pattern.test("https://h/books/12/a/b?x"));
  assert_false(pattern.test("https://h/books/x"));
  const { pathname, inputs } = pattern.exec({ pathname: "/books/12/a/b" });
  assert_object_equals(pathname, { input: "/books/12/a/b", groups: { id: "12", rest: "a/b" } });
  assert_object_equals(inputs, [{ pathname: "/books/12/a/b" }]);
  assert_equals(pattern.exec({ pathname: "/books/12" }).pathname.groups.rest, undefined);
}, "1.2: components, test and exec");
test(() => {
  const pattern = new URLPattern("/a/*", "https://example.com:8080/base");
  assert_equals(pattern.hostname, "example.com");
  assert_equals(pattern.port, "8080");
  assert_equals(pattern.search, "*");
  assert_false(pattern.hasRegExpGroups);
  assert_true(pattern.test("https://example.com:8080/a/b/c"));
  assert_true(pattern.test("/a/x", "https://example.com:8080"));
  assert_false(pattern.test("/a/x"), "what is no URL matches nothing");
  assert_equals(pattern.exec("/b", "https://example.com:8080"), null);
  assert_array_equals(pattern.exec("/a/x", "https://example.com:8080").inputs, ["/a/x", "https://example.com:8080"]);
  assert_equals(pattern.exec("/a/x/y", "https://example.com:8080").pathname.groups[0], "x/y");
}, "a base");
test(() => {
  assert_true(new URLPattern({ pathname: "/A" }, { ignoreCase: true }).test("http://h/a"));
  assert_true(new URLPattern("/A", "http://h", { ignoreCase: true }).test("http://h/a"));
  assert_false(new URLPattern({ pathname: "/A" }).test("http://h/a"));
}, "ignoreCase");
test(() => {
  for (const [pattern, input, groups] of [["/{foo-}?bar", "/bar", {}], ["/:a.:b", "/x.y", { a: "x", b: "y" }], ["/x/:a?", "/x", { a: undefined }],
    ["/(.*)-(\\d)", "/a-b-1", { 0: "a-b", 1: "1" }], ["/caf%C3%A9", "/café", {}], ["/a\\::b", "/a:x", { b: "x" }]]) {
    const found = new URLPattern({ pathname: pattern }).exec({ pathname: input });
    assert_not_equals(found, null, pattern);
    assert_object_equals(found.pathname.groups, groups, pattern);
  }
  assert_true(new URLPattern({ hostname: "{:sub.}?example.com" }).test("http://a.example.com/"));
  assert_equals(new URLPattern({ protocol: "http{s}?", port: "443" }).test("https://h/"), false);
}, "the syntax of patterns");
test(() => {
  for (const wrong of [["/:a/:a", "http://h"], ["(", "http://h"], ["/a"], [{ pathname: "/(?<x>a)" }], [{ pathname: "/a" }, "http://h"], ["/(é)", "http://h"], [{ port: "a b" }]]) {
    assert_throws_js(TypeError, () => new URLPattern(...wrong), JSON.stringify(wrong));
  }
  assert_throws_js(TypeError, () => new URLPattern({}).test({}, "http://h"));
  assert_true(new URLPattern().test("http://anything/"));
  assert_class_string(new URLPattern(), "URLPattern");
}, "what is no pattern");
test(() => {
  const { exec } = RegExp.prototype;
  RegExp.prototype.exec = () => null;
  try {
    assert_true(new URLPattern({ pathname: "/(a|b)" }).test("http://h/b"));
  } finally {
    RegExp.prototype.exec = exec;
  }
}, "what a script makes of RegExp means nothing to it");
