// https://w3c.github.io/FileAPI/ and https://xhr.spec.whatwg.org/#interface-formdata

promise_test(async () => {
  const blob = new Blob(["aé", new Uint8Array([98]), new Uint16Array([0x6463]).buffer, new Blob(["e"]), 5, "\r\n"], { type: "Text/HTML;x=Y" });
  assert_equals(blob.size, 10);
  assert_equals(blob.type, "text/html;x=y");
  assert_equals(await blob.text(), "aébcde5\r\n");
  assert_array_equals(new Uint8Array(await blob.slice(0, 3).arrayBuffer()), [0x61, 0xc3, 0xa9]);
  assert_array_equals(await blob.slice(-3, -2, "a/b").bytes(), [0x35]);
  assert_equals(blob.slice(1, 2).type, "");
  assert_equals(blob.slice(5, 2).size, 0);
  assert_equals(await new Blob(["a\nb\r\nc\r"], { endings: "native" }).text(), "a\nb\nc\n");
  assert_equals(new Blob([], { type: "é" }).type, "");
  assert_equals(new Blob().size, 0);
  assert_equals(await new Blob(["\ud800"]).text(), "\ufffd");
}, "3: Blob: parts, slices, text, bytes");
test(() => {
  for (const wrong of [null, "abc", 1, {}, new Date()]) assert_throws_js(TypeError, () => new Blob(wrong), String(wrong));
  assert_throws_js(TypeError, () => new Blob([], { endings: "no" }));
  assert_throws_js(TypeError, () => new Blob([], 1));
  assert_throws_js(TypeError, () => Blob([]));
  assert_throws_js(TypeError, () => new File([]));
  assert_throws_js(TypeError, () => Blob.prototype.size);
}, "what is no Blob");
promise_test(async () => {
  const reader = new Blob(["x".repeat(100000)]).stream().getReader({ mode: "byob" });
  let size = 0;
  for (;;) {
    const { value, done } = await reader.read(new Uint8Array(1000));
    if (done) break;
    size += value.length;
  }
  assert_equals(size, 100000);
}, "3.3.3: stream() is a stream of bytes");
test(() => {
  const file = new File(["a"], "a/b\ud800", { type: "t/t", lastModified: 5.7 });
  assert_array_equals([file.name, file.size, file.lastModified, file.type], ["a/b\ufffd", 1, 5, "t/t"]);
  assert_true(file instanceof Blob);
  assert_less_than_equal(Math.abs(Date.now() - new File([], "n").lastModified), 5000);
  assert_class_string(file, "File");
}, "4: File");

promise_test(async () => {
  const read = (how, ...values) => new Promise((resolve) => {
    const reader = new FileReader();
    const events = [];
    for (const type of ["loadstart", "progress", "load", "loadend"]) reader.addEventListener(type, (event) => events.push(`${event.type} ${event.loaded}`));
    reader.onloadend = () => resolve([reader.result, events.join(), reader.readyState]);
    reader[how](...values);
    assert_equals(reader.readyState, FileReader.LOADING);
    assert_throws_dom("InvalidStateError", () => reader[how](...values));
  });
  assert_array_equals(await read("readAsText", new Blob(["é"])), ["é", "loadstart 0,progress 2,load 2,loadend 2", 2]);
  assert_equals((await read("readAsText", new Blob([new Uint8Array([0xe9])]), "latin1"))[0], "é");
  assert_equals((await read("readAsDataURL", new Blob(["a"], { type: "a/b" })))[0], "data:a/b;base64,YQ==");
  assert_equals((await read("readAsBinaryString", new Blob(["é"])))[0], "\xc3\xa9");
  assert_array_equals(new Uint8Array((await read("readAsArrayBuffer", new Blob(["ab"])))[0]), [97, 98]);
  assert_throws_js(TypeError, () => new FileReader().readAsText("a"));
}, "6: FileReader");

test(() => {
  const form = new FormData();
  form.append("a", 1);
  form.append("b", new Blob(["x"], { type: "t/t" }));
  form.append("b", new File(["y"], "y.txt"), "z.txt");
  form.set("a", "2");
  assert_equals(form.get("a"), "2");
  assert_equals(form.get("b").name, "blob");
  assert_equals(form.getAll("b")[1].name, "z.txt");
  assert_true(form.has("a"));
  assert_equals(form.get("c"), null);
  assert_array_equals([...form.keys()], ["a", "b", "b"]);
  const seen = [];
  form.forEach((value, name, of) => seen.push(name, of === form));
  assert_array_equals(seen, ["a", true, "b", true, "b", true]);
  assert_equals(form[Symbol.iterator], form.entries);
  form.delete("b");
  assert_array_equals([...form.values()], ["2"]);
  form.set("new", "n");
  assert_array_equals([...form].flat(), ["a", "2", "new", "n"]);
  assert_throws_js(TypeError, () => form.append("a"));
  assert_throws_js(TypeError, () => form.append("a", "b", "c"));
  assert_throws_js(TypeError, () => new FormData(1));
}, "FormData's members");
promise_test(async () => {
  const form = new FormData();
  form.append('n"\r\n', "line\nend");
  form.append("f", new File(["\0\xff"], 'q"u.bin', { type: "a/b" }));
  const response = new Response(form);
  assert_regexp_match(response.headers.get("content-type"), /^multipart\/form-data; ?boundary=/);
  const text = await response.clone().text();
  assert_true(text.includes('name="n%22%0D%0A"'), "names are escaped");
  const back = await response.formData();
  assert_equals(back.get('n"\r\n'), "line\r\nend");
  const file = back.get("f");
  assert_array_equals([file.name, file.type, file.size], ['q"u.bin', "a/b", 3]);
}, "multipart/form-data, out and in");
promise_test(async (t) => {
  const form = await new Response(new URLSearchParams([["a", "é &"], ["a", ""]])).formData();
  assert_array_equals(form.getAll("a"), ["é &", ""]);
  const type = { headers: { "content-type": "multipart/form-data; boundary=x" } };
  assert_equals([...await new Response("--x--\r\n", type).formData()].length, 0);
  await promise_rejects_js(t, TypeError, new Response("--x\r\n", type).formData());
  await promise_rejects_js(t, TypeError, new Response("a", { headers: { "content-type": "text/plain" } }).formData());
  await promise_rejects_js(t, TypeError, new Response("--x--", { headers: { "content-type": "multipart/form-data" } }).formData());
}, "urlencoded forms, and what is no form");
