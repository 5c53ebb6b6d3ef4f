// https://webidl.spec.whatwg.org/#js-interfaces: what every interface is, to who looks at it

/** Name/length of the constructor: methods/length, static ones with a dot before, and attributes. */
const interfaces = `
AbortController/0: abort/0 signal
AbortSignal/0: .abort/0 .any/1 throwIfAborted/0 aborted reason onabort
Blob/0: arrayBuffer/0 bytes/0 slice/0 stream/0 text/0 size type
ByteLengthQueuingStrategy/1: highWaterMark size
CountQueuingStrategy/1: highWaterMark size
CompressionStream/1: readable writable
Crypto/0: getRandomValues/1 randomUUID/0 subtle
CryptoKey/0: algorithm extractable type usages
DOMException/0: code message name
DecompressionStream/1: readable writable
ErrorEvent/1: colno error filename lineno message
FileReader/0: abort/0 readAsArrayBuffer/1 readAsBinaryString/1 readAsDataURL/1 readAsText/1 error onabort onerror onload onloadend onloadstart onprogress readyState result
Headers/0: append/2 delete/1 entries/0 forEach/1 get/1 getSetCookie/0 has/1 keys/0 set/2 values/0
MessageEvent/1: initMessageEvent/1 data lastEventId origin ports source
Navigator/0: userAgent
PerformanceEntry/0: toJSON/0 duration entryType name startTime
PerformanceMeasure/0: detail
PerformanceObserver/1: disconnect/0 observe/0 takeRecords/0
PerformanceObserverEntryList/0: getEntries/0 getEntriesByName/1 getEntriesByType/1
ProgressEvent/1: lengthComputable loaded total
PromiseRejectionEvent/2: promise reason
QuotaExceededError/0: quota requested
ReadableByteStreamController/0: close/0 enqueue/1 error/0 byobRequest desiredSize
ReadableStreamBYOBReader/1: cancel/0 read/1 releaseLock/0 closed
ReadableStreamBYOBRequest/0: respond/1 respondWithNewView/1 view
ReadableStreamDefaultController/0: close/0 enqueue/0 error/0 desiredSize
ReadableStreamDefaultReader/1: cancel/0 read/0 releaseLock/0 closed
Request/1: arrayBuffer/0 blob/0 bytes/0 clone/0 formData/0 json/0 text/0 body bodyUsed cache credentials destination duplex headers integrity isHistoryNavigation isReloadNavigation keepalive method mode redirect referrer referrerPolicy signal url
Response/0: .error/0 .json/1 .redirect/1 arrayBuffer/0 blob/0 bytes/0 clone/0 formData/0 json/0 text/0 body bodyUsed headers ok redirected status statusText type url
SubtleCrypto/0: decrypt/3 deriveBits/2 deriveKey/5 digest/2 encrypt/3 exportKey/2 generateKey/3 importKey/5 sign/3 unwrapKey/7 verify/4 wrapKey/4
TransformStreamDefaultController/0: enqueue/0 error/0 terminate/0 desiredSize
WritableStreamDefaultController/0: error/0 signal
WritableStreamDefaultWriter/1: abort/0 close/0 releaseLock/0 write/0 closed desiredSize ready
CustomEvent/1: initCustomEvent/1 detail
Event/1: composedPath/0 initEvent/1 preventDefault/0 stopImmediatePropagation/0 stopPropagation/0 bubbles cancelBubble cancelable composed currentTarget defaultPrevented eventPhase returnValue srcElement target timeStamp type
EventTarget/0: addEventListener/2 dispatchEvent/1 removeEventListener/2
File/2: lastModified name
FormData/0: append/2 delete/1 entries/0 forEach/1 get/1 getAll/1 has/1 keys/0 set/2 values/0
MessageChannel/0: port1 port2
MessagePort/0: close/0 postMessage/1 start/0 onmessage onmessageerror
Performance/0: mark/1 measure/1 clearMarks/0 clearMeasures/0 getEntries/0 getEntriesByName/1 getEntriesByType/1 now/0 toJSON/0 timeOrigin
PerformanceMark/1: detail
ReadableStream/0: .from/1 cancel/0 getReader/0 pipeThrough/1 pipeTo/1 tee/0 values/0 locked
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
/** They give a promise that is rejected where others throw. */
const asynchronous = new Set(["abort", "arrayBuffer", "blob", "bytes", "cancel", "close", "closed", "formData", "json", "pipeTo", "read", "ready", "text", "write"]);
const isAsynchronous = (name, key) => asynchronous.has(key) || name === "SubtleCrypto";

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
        if (dot === "" && !isAsynchronous(name, key)) assert_throws_js(TypeError, () => prototype[key].apply({}, Array(Number(count)).fill("x")), key);
        continue;
      }
      const { get, enumerable: isShown, configurable: isOpen } = Object.getOwnPropertyDescriptor(holder, key);
      assert_array_equals([isShown, isOpen, get.name], [true, true, `get ${key}`], key);
      if (!isAsynchronous(name, key)) assert_throws_js(TypeError, () => get.call({}), key);
    }
  }, name);
}
test(() => {
  const lengths = {
    atob: 1, btoa: 1, clearInterval: 0, clearTimeout: 0, queueMicrotask: 1, reportError: 1, setInterval: 1, setTimeout: 1, structuredClone: 1,
  };
  for (const [name, length] of Object.entries(lengths)) {
    globalThis[name];
    const { value, writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(globalThis, name);
    assert_array_equals([typeof value, value.name, value.length, writable, enumerable, configurable], ["function", name, length, true, true, true]);
  }
}, "functions of the global object can be enumerated");
test(() => {
  for (const [name, isReplaceable] of [["crypto", false], ["navigator", false], ["performance", true]]) {
    const { get, set, enumerable, configurable } = Object.getOwnPropertyDescriptor(globalThis, name);
    assert_array_equals([get.name, get.length, typeof set, enumerable, configurable], [`get ${name}`, 0, isReplaceable ? "function" : "undefined", true, true], name);
  }
  for (const name of ["onerror", "onunhandledrejection", "onrejectionhandled"]) assert_equals(globalThis[name], null, name);
  assert_class_string(globalThis.console, "console");
  assert_equals(self, globalThis);
}, "attributes of the global object");

const promises = [
  [() => ReadableStream.prototype.cancel, ReadableStream], [() => WritableStream.prototype.abort, WritableStream], [() => Blob.prototype.text, Blob],
  [() => Response.prototype.json, Response], [() => ReadableStreamDefaultReader.prototype.read, ReadableStreamDefaultReader],
  [() => WritableStreamDefaultWriter.prototype.write, WritableStreamDefaultWriter], [() => SubtleCrypto.prototype.digest, SubtleCrypto],
];
for (const [member, type] of promises) {
  promise_test(async (t) => { await promise_rejects_js(t, TypeError, member().call({}, "SHA-256", new Uint8Array())); }, `${type.name}: a promise is rejected`);
}
test(() => {
  const wrong = {
    "new Event": () => new Event("a", 1), "new CustomEvent": () => new CustomEvent("a", "b"), "new ErrorEvent": () => new ErrorEvent("a", { message: Symbol() }),
    "new MessageEvent": () => new MessageEvent("a", { ports: [{}] }), "new Request": () => new Request("http://a/", 1), "new Response": () => new Response("", 1), "new Headers": () => new Headers(1),
    "new Blob": () => new Blob("text"), "Blob type": () => new Blob([], { type: Symbol() }), "new File": () => new File([]), "new TextDecoder": () => new TextDecoder("utf-8", 1),
    "encodeInto": () => new TextEncoder().encodeInto("a", new Uint16Array(1)), "decode": () => new TextDecoder().decode({}), "new URL": () => new URL(Symbol()), "new URLSearchParams": () => new URLSearchParams([["a"]]),
    "addEventListener": () => new EventTarget().addEventListener("a", "b"), "dispatchEvent": () => new EventTarget().dispatchEvent({}), "AbortSignal.timeout": () => AbortSignal.timeout(-1),
    "AbortSignal.any": () => AbortSignal.any([{}]), "new AbortSignal": () => new AbortSignal(), "getRandomValues": () => crypto.getRandomValues({}), "new Crypto": () => new Crypto(), "new ReadableStream": () => new ReadableStream(1),
    "new CompressionStream": () => new CompressionStream("br"), "new CountQueuingStrategy": () => new CountQueuingStrategy(1), "structuredClone": () => structuredClone(1, 1), "setTimeout": () => setTimeout(), "queueMicrotask": () => queueMicrotask("a"),
    "new ReadableStreamDefaultReader": () => new ReadableStreamDefaultReader({}), "new DOMException": () => new DOMException(Symbol()), "performance.now": () => performance.now.call({}), "FormData.append": () => new FormData().append("a"),
  };
  for (const [name, call] of Object.entries(wrong)) assert_throws_js(TypeError, call, name);
}, "arguments that cannot be converted");
