// https://webidl.spec.whatwg.org/#js-interfaces: what every interface is, to who looks at it

/** Name/length of the constructor: methods/length, static ones with a dot before, and attributes. */
const interfaces = `
AbortController/0: abort/0 signal
AbortSignal/0: .abort/0 .any/1 throwIfAborted/0 aborted reason onabort
Blob/0: arrayBuffer/0 bytes/0 slice/0 stream/0 text/0 size type
ByteLengthQueuingStrategy/1: highWaterMark size
CountQueuingStrategy/1: highWaterMark size
CustomEvent/1: initCustomEvent/1 detail
Event/1: composedPath/0 initEvent/1 preventDefault/0 stopImmediatePropagation/0 stopPropagation/0 bubbles cancelBubble cancelable composed currentTarget defaultPrevented eventPhase returnValue srcElement target timeStamp type
EventTarget/0: addEventListener/2 dispatchEvent/1 removeEventListener/2
File/2: lastModified name
FormData/0: append/2 delete/1 entries/0 forEach/1 get/1 getAll/1 has/1 keys/0 set/2 values/0
MessageChannel/0: port1 port2
MessagePort/0: close/0 postMessage/1 start/0 onmessage onmessageerror
Performance/0: mark/1 measure/1 clearMarks/0 clearMeasures/0 getEntries/0 getEntriesByName/1 getEntriesByType/1 now/0 toJSON/0 timeOrigin
PerformanceMark/1: detail
ReadableStream/0: .from/1 cancel/0 getReader/0 pipeThrough/1 pipeTo/1 tee/0 locked
TextDecoder/0: decode/0 encoding fatal ignoreBOM
TextDecoderStream/0: encoding fatal ignoreBOM readable writable
TextEncoder/0: encode/0 encodeInto/2 encoding
TextEncoderStream/0: encoding readable writable
TransformStream/0: readable writable
URL/1: .canParse/1 .parse/1 toJSON/0 toString/0 hash host hostname href origin password pathname port protocol search searchParams username
URLPattern/0: exec/0 test/0 hasRegExpGroups hash hostname password pathname port protocol search username
URLSearchParams/0: append/2 delete/1 entries/0 forEach/1 get/1 getAll/1 has/1 keys/0 set/2 sort/0 toString/0 values/0 size
WritableStream/0: abort/0 close/0 getWriter/0 locked
`.trim().split("\n");
const asynchronous = new Set(["abort", "arrayBuffer", "bytes", "cancel", "close", "pipeTo", "text"]);

function checkMethod(holder, name, length) {
  const { value, writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(holder, name);
  assert_array_equals([typeof value, writable, enumerable, configurable, value.name, value.length], ["function", true, true, true, name, length], name);
}

for (const line of interfaces) {
  const [, name, length, members] = /^(\w+)\/(\d): (.*)$/.exec(line);
  test(() => {
    const type = globalThis[name];
    const { writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(globalThis, name);
    assert_array_equals([writable, enumerable, configurable], [true, false, true], "the global");
    assert_array_equals([type.name, type.length], [name, Number(length)]);
    assert_throws_js(TypeError, () => type());
    assert_false(Object.getOwnPropertyDescriptor(type, "prototype").writable);
    const { prototype } = type;
    assert_false(Object.getOwnPropertyDescriptor(prototype, "constructor").enumerable);
    assert_object_equals(Object.getOwnPropertyDescriptor(prototype, Symbol.toStringTag), { value: name, writable: false, enumerable: false, configurable: true });
    for (const member of members.split(" ")) {
      const [, dot, key, count] = /^(\.?)(\w+)(?:\/(\d))?$/.exec(member);
      const holder = dot === "" ? prototype : type;
      if (count !== undefined) {
        checkMethod(holder, key, Number(count));
        if (dot === "" && !asynchronous.has(key)) assert_throws_js(TypeError, () => prototype[key].apply({}, Array(Number(count)).fill("x")), key);
        continue;
      }
      const { get, enumerable: isShown, configurable: isOpen } = Object.getOwnPropertyDescriptor(holder, key);
      assert_array_equals([isShown, isOpen, get.name], [true, true, `get ${key}`], key);
      assert_throws_js(TypeError, () => get.call({}), key);
    }
  }, name);
}
test(() => {
  for (const name of ["structuredClone", "queueMicrotask", "reportError", "setTimeout", "clearInterval"]) {
    const { value, enumerable } = Object.getOwnPropertyDescriptor(globalThis, name);
    assert_array_equals([typeof value, value.name, enumerable], ["function", name, true]);
  }
}, "functions of the global object can be enumerated");
