// META: data=ada-url/tests/wpt/urltestdata.json
// META: data=ada-url/tests/wpt/setters_tests.json
// META: data=ada-url/tests/wpt/toascii.json
// META: data=ada-url/tests/wpt/urlpatterntestdata.json
// The tables that come with the URL parser.

const table = async (name) => (await (await fetch(`/data/${name}.json`)).json()).filter((entry) => typeof entry === "object");
const attributes = ["href", "origin", "protocol", "username", "password", "host", "hostname", "port", "pathname", "search", "hash"];

promise_test(async () => {
  const entries = await table("urltestdata");
  assert_greater_than(entries.length, 800);
  for (const entry of entries) {
    const shown = JSON.stringify([entry.input, entry.base]);
    const base = entry.base ?? undefined;
    assert_equals(URL.canParse(entry.input, base), !entry.failure, shown);
    if (entry.failure) {
      assert_throws_js(TypeError, () => new URL(entry.input, base), shown);
      continue;
    }
    const url = new URL(entry.input, base);
    for (const name of attributes) if (name in entry) assert_equals(url[name], entry[name], `${shown} ${name}`);
  }
}, "parsing");
promise_test(async () => {
  const all = await (await fetch("/data/setters_tests.json")).json();
  let count = 0;
  for (const [name, entries] of Object.entries(all)) {
    for (const { href, new_value: value, expected } of Array.isArray(entries) && name !== "comment" ? entries : []) {
      const url = new URL(href);
      url[name] = value;
      for (const [each, wanted] of Object.entries(expected)) assert_equals(url[each], wanted, `${href} ${name} = ${value}: ${each}`);
      count++;
    }
  }
  assert_greater_than(count, 200);
}, "setters");
promise_test(async () => {
  for (const { input, output } of await table("toascii")) {
    assert_equals(URL.parse(`https://${encodeURIComponent(input)}/x`)?.host ?? null, output, input);
  }
}, "names of hosts in ASCII");
promise_test(async () => {
  const components = ["protocol", "username", "password", "hostname", "port", "pathname", "search", "hash"];
  let count = 0;
  for (const { pattern, inputs = [], expected_obj: parts, expected_match: match } of await table("urlpatterntestdata")) {
    const shown = JSON.stringify([pattern, inputs]);
    count++;
    if (parts === "error") {
      assert_throws_js(TypeError, () => new URLPattern(...pattern), shown);
      continue;
    }
    const made = new URLPattern(...pattern);
    for (const [name, wanted] of Object.entries(parts ?? {})) assert_equals(made[name], wanted, `${shown} ${name}`);
    if (match === "error") {
      assert_throws_js(TypeError, () => made.test(...inputs), shown);
      continue;
    }
    assert_equals(made.test(...inputs), Boolean(match), shown);
    const found = made.exec(...inputs);
    if (!match) {
      assert_equals(found, null, shown);
      continue;
    }
    for (const name of components.filter((each) => each in match)) {
      assert_equals(found[name].input, match[name].input, `${shown} ${name}`);
      for (const [group, wanted] of Object.entries(match[name].groups)) {
        assert_equals(found[name].groups[group], wanted ?? undefined, `${shown} ${name} ${group}`);
      }
    }
  }
  assert_greater_than(count, 300);
}, "URLPattern");
