// https://dom.spec.whatwg.org/#events

test(() => {
  const event = new Event("x", { bubbles: true, cancelable: true, composed: 1 });
  assert_array_equals([event.type, event.bubbles, event.cancelable, event.composed, event.defaultPrevented, event.eventPhase, event.target,
    event.currentTarget, event.isTrusted], ["x", true, true, true, false, 0, null, null, false]);
  assert_array_equals([Event.NONE, Event.CAPTURING_PHASE, event.AT_TARGET, event.BUBBLING_PHASE], [0, 1, 2, 3]);
  assert_throws_js(TypeError, () => new Event());
  assert_true(typeof event.timeStamp === "number");
  assert_own_property(event, "isTrusted");
  assert_equals(new CustomEvent("c", { detail: 5 }).detail, 5);
  assert_equals(new CustomEvent("c").detail, null);
  assert_class_string(event, "Event");
}, "2.2: an event's attributes");
test(() => {
  const target = new EventTarget();
  const seen = [];
  const handler = { handleEvent(event) { seen.push(this === handler, event.currentTarget === target, event.eventPhase); } };
  target.addEventListener("x", handler);
  target.addEventListener("x", handler);
  target.addEventListener("x", handler, true);
  target.addEventListener("x", function (event) { seen.push(this === target, event.target === target, event.composedPath()[0] === target); });
  const event = new Event("x");
  assert_true(target.dispatchEvent(event));
  assert_array_equals(seen, Array(9).fill().map((_, at) => (at === 2 || at === 5 ? 2 : true)));
  assert_array_equals([event.eventPhase, event.currentTarget, event.target === target, event.composedPath().length], [0, null, true, 0]);
}, "2.9: dispatch calls functions and objects, each once");
test(() => {
  const target = new EventTarget();
  let text = "";
  target.addEventListener("x", () => { text += "a"; }, { once: true });
  target.addEventListener("x", (event) => { text += "b"; event.stopImmediatePropagation(); target.removeEventListener("x", late); });
  const late = () => { text += "c"; };
  target.addEventListener("x", late);
  target.dispatchEvent(new Event("x"));
  target.dispatchEvent(new Event("x"));
  assert_equals(text, "abb");
}, "once, stopImmediatePropagation, removal meanwhile");
test(() => {
  const target = new EventTarget();
  let prevented;
  target.addEventListener("x", (event) => { event.preventDefault(); prevented = event.defaultPrevented; }, { passive: true });
  assert_true(target.dispatchEvent(new Event("x", { cancelable: true })));
  assert_false(prevented, "not by a passive listener");
  const event = new Event("x", { cancelable: true });
  event.returnValue = false;
  assert_false(target.dispatchEvent(event));
  assert_true(event.defaultPrevented);
  const other = new Event("x");
  other.preventDefault();
  assert_false(other.defaultPrevented, "what cannot be cancelled is not");
}, "preventDefault");
test(() => {
  const target = new EventTarget();
  const controller = new AbortController();
  let count = 0;
  target.addEventListener("x", () => count++, { signal: controller.signal });
  target.dispatchEvent(new Event("x"));
  controller.abort();
  target.dispatchEvent(new Event("x"));
  target.addEventListener("x", () => count++, { signal: controller.signal });
  target.dispatchEvent(new Event("x"));
  assert_equals(count, 1);
  assert_throws_js(TypeError, () => target.addEventListener("x", () => {}, { signal: null }));
  assert_equals(target.addEventListener("x", null), undefined);
  assert_throws_js(TypeError, () => target.addEventListener("x", 1));
}, "2.7: addEventListener's options");
test(() => {
  const target = new EventTarget();
  const event = new Event("x");
  let error;
  target.addEventListener("x", () => { try { target.dispatchEvent(event); } catch (caught) { error = caught; } });
  target.dispatchEvent(event);
  assert_equals(error.name, "InvalidStateError");
  assert_throws_js(TypeError, () => target.dispatchEvent({ type: "x" }));
  class Own extends EventTarget { constructor() { super(); this.a = 1; } }
  assert_true(new Own().dispatchEvent(new Event("x")));
}, "an event that is dispatched cannot be dispatched again; EventTarget has heirs");

promise_test(async () => {
  const seen = [];
  const heard = new Promise((resolve) => {
    addEventListener("unhandledrejection", (event) => { event.preventDefault(); seen.push(event); resolve(); }, { once: true });
  });
  const error = new Error("nobody handles it");
  const lost = Promise.reject(error);
  await heard;
  const [event] = seen;
  assert_array_equals([event.type, event.promise === lost, event.reason === error, event.cancelable, event.isTrusted], ["unhandledrejection", true, true, true, true]);
  assert_class_string(event, "PromiseRejectionEvent");
  assert_throws_js(TypeError, () => new PromiseRejectionEvent("x"));
  lost.catch(() => {});
}, "unhandledrejection");
promise_test(async () => {
  const seen = [];
  const listener = (event) => { event.preventDefault(); seen.push(event.error.message); };
  addEventListener("error", listener);
  globalThis.onerror = (message, file, line, column, error) => { seen.push(message, error.message); };
  queueMicrotask(() => { throw new Error("in a microtask"); });
  setTimeout(() => { throw new TypeError("in a timer"); }, 0);
  reportError(new Error("reported"));
  await new Promise((resolve) => setTimeout(resolve, 5));
  globalThis.onerror = undefined;
  removeEventListener("error", listener);
  assert_array_equals(seen, ["Error: reported", "reported", "reported", "Error: in a microtask", "in a microtask", "in a microtask",
    "TypeError: in a timer", "in a timer", "in a timer"]);
}, "error, of what nobody caught");

// 3: aborting
test(() => {
  const controller = new AbortController();
  const { signal } = controller;
  const seen = [];
  signal.onabort = (event) => seen.push(event.type, event.isTrusted);
  signal.addEventListener("abort", () => seen.push(signal.reason));
  assert_false(signal.aborted);
  controller.abort("why");
  controller.abort("again");
  assert_array_equals(seen, ["abort", true, "why"]);
  assert_throws_exactly("why", () => signal.throwIfAborted());
  const plain = new AbortController();
  plain.abort(undefined);
  assert_equals(plain.signal.reason.name, "AbortError");
  assert_throws_js(TypeError, () => new AbortSignal());
  assert_true(AbortSignal.abort(5).aborted);
  signal.onabort = "no function";
  assert_equals(signal.onabort, null);
}, "3.1, 3.2: AbortController and AbortSignal");
promise_test(async () => {
  const signal = AbortSignal.timeout(1);
  await new Promise((resolve) => { signal.onabort = resolve; });
  assert_equals(signal.reason.name, "TimeoutError");
  assert_throws_js(TypeError, () => AbortSignal.timeout(-1));
  assert_throws_js(TypeError, () => AbortSignal.timeout());
}, "AbortSignal.timeout");
test(() => {
  const [one, two] = [new AbortController(), new AbortController()];
  const any = AbortSignal.any([one.signal, two.signal]);
  const nested = AbortSignal.any([any, AbortSignal.any([two.signal])]);
  const order = [];
  one.signal.addEventListener("abort", () => order.push("one", any.aborted, nested.aborted));
  any.addEventListener("abort", () => order.push("any"));
  nested.addEventListener("abort", () => order.push("nested"));
  one.abort("r");
  assert_array_equals(order, ["one", true, true, "any", "nested"]);
  assert_equals(nested.reason, "r");
  assert_equals(AbortSignal.any([AbortSignal.abort(1), AbortSignal.abort(2)]).reason, 1);
  assert_false(AbortSignal.any([]).aborted);
  assert_throws_js(TypeError, () => AbortSignal.any([{}]));
}, "AbortSignal.any depends on sources, and all are aborted before anybody is told");
