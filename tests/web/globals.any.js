// Timers, microtasks, base64, performance, navigator, console: https://html.spec.whatwg.org/multipage/webappapis.html

promise_test(async () => {
  const order = [];
  setTimeout(() => order.push("timer 50"), 50);
  setTimeout((...values) => order.push(values.join()), 0, 1, 2);
  queueMicrotask(() => order.push("microtask"));
  Promise.resolve().then(() => order.push("promise"));
  order.push("now");
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert_array_equals(order, ["now", "microtask", "promise", "1,2", "timer 50"]);
}, "8.6, 8.7: what comes first");
promise_test(async () => {
  let count = 0;
  await new Promise((resolve) => { const id = setInterval(() => { if (++count === 3) { clearInterval(id); resolve(); } }, 1); });
  const id = setTimeout(() => { count = 9; }, 0);
  clearTimeout(id);
  clearTimeout(undefined);
  clearInterval("x");
  assert_true(Number.isInteger(id) && id > 0);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert_equals(count, 3);
  assert_throws_js(TypeError, () => queueMicrotask());
  assert_throws_js(TypeError, () => queueMicrotask("code"));
}, "intervals end, timers are cleared");
test(() => {
  assert_equals(btoa("\0ÿa"), "AP9h");
  assert_equals(atob(" AP9h\n"), "\0ÿa");
  assert_equals(atob("YQ"), "a");
  assert_equals(btoa(), btoa("undefined"));
  for (const wrong of ["YQ=", "a", "YQ==Y", "é", "=", "YQ-_"]) assert_throws_dom("InvalidCharacterError", () => atob(wrong), wrong);
  assert_throws_dom("InvalidCharacterError", () => btoa("€"));
}, "8.3: base64");
test(() => {
  assert_equals(self, globalThis);
  assert_equals(typeof navigator.userAgent, "string");
  assert_equals(navigator.hardwareConcurrency, 1);
  assert_equals(navigator.language, "en");
  const now = performance.now();
  assert_greater_than_equal(performance.now(), now);
  assert_less_than(Math.abs(performance.timeOrigin + performance.now() - Date.now()), 1000);
  for (const name of ["WebSocket", "EventSource", "WebAssembly", "XMLHttpRequest", "BroadcastChannel"]) {
    assert_equals(typeof globalThis[name], "undefined", name);
  }
}, "what a worker's globals are, and which are absent");
test(() => {
  performance.clearMarks();
  performance.clearMeasures();
  const mark = performance.mark("a", { startTime: 2, detail: { x: [1] } });
  assert_array_equals([mark.name, mark.entryType, mark.startTime, mark.duration, mark.detail.x[0]], ["a", "mark", 2, 0, 1]);
  performance.mark("b", { startTime: 5 });
  const measure = performance.measure("m", "a", "b");
  assert_array_equals([measure.entryType, measure.startTime, measure.duration, measure.detail], ["measure", 2, 3, null]);
  assert_equals(performance.measure("n", { start: "a", duration: 4 }).duration, 4);
  assert_array_equals(performance.getEntries().map((each) => each.name), ["a", "m", "n", "b"]);
  assert_equals(performance.getEntriesByName("a", "mark").length, 1);
  assert_equals(performance.getEntriesByType("measure").length, 2);
  assert_equals(performance.measure("x", null).startTime, 0, "null is no options");
  performance.clearMeasures("x");
  assert_throws_dom("SyntaxError", () => performance.measure("x", "none"));
  assert_throws_js(TypeError, () => performance.mark("x", { startTime: -1 }));
  performance.clearMarks("a");
  assert_equals(performance.getEntriesByType("mark").length, 1);
  assert_equals(new PerformanceMark("c", { startTime: 1 }).toJSON().name, "c");
}, "User Timing: marks and measures");
promise_test(async () => {
  performance.mark("earlier");
  const seen = [];
  await new Promise((resolve) => {
    new PerformanceObserver((list, observer, options) => {
      assert_equals(options.droppedEntriesCount, 0);
      seen.push(...list.getEntriesByType("mark").map(({ name }) => name));
      observer.disconnect();
      resolve();
    }).observe({ type: "mark", buffered: true });
    performance.mark("later");
    assert_equals(seen.length, 0);
  });
  assert_equals(seen.slice(-2).join(), "earlier,later");
  assert_array_equals(PerformanceObserver.supportedEntryTypes, ["mark", "measure"]);
  assert_throws_js(TypeError, () => new PerformanceObserver(() => {}).observe({}));
}, "Performance Timeline: observers");
test(() => {
  for (const name of ["log", "info", "debug", "warn", "error", "trace", "dir", "dirxml", "table", "assert", "count", "countReset", "time", "timeLog",
    "timeEnd", "group", "groupCollapsed", "groupEnd", "clear"]) {
    assert_equals(typeof console[name], "function", name);
    assert_equals(console[name].name, name);
  }
  assert_class_string(console, "console");
  assert_equals(Object.getPrototypeOf(Object.getPrototypeOf(console)), Object.prototype);
  assert_throws_js(TypeError, () => console.count(Symbol("s")));
  assert_equals(console.log("%s", Symbol("s")), undefined);
}, "Console: a namespace of functions");
promise_test(async (t) => {
  assert_class_string(scheduler, "Scheduler");
  assert_equals(await scheduler.wait(1), undefined);
  const controller = new AbortController();
  const waiting = scheduler.wait(3_600_000, { signal: controller.signal });
  const reason = new Error("enough");
  controller.abort(reason);
  await promise_rejects_exactly(t, reason, waiting);
  await promise_rejects_exactly(t, reason, scheduler.wait(1, { signal: AbortSignal.abort(reason) }));
  await promise_rejects_js(t, TypeError, scheduler.wait());
}, "scheduler.wait");
test(() => {
  const error = new QuotaExceededError("full", { quota: 1, requested: 2 });
  assert_true(error instanceof DOMException);
  assert_array_equals([error.name, error.code, error.message, error.quota, error.requested], ["QuotaExceededError", 22, "full", 1, 2]);
  assert_array_equals([new QuotaExceededError().quota, new QuotaExceededError().requested], [null, null]);
  for (const options of [{ quota: -1 }, { requested: -1 }, { quota: 2, requested: 1 }]) assert_throws_js(RangeError, () => new QuotaExceededError("", options));
  assert_throws_js(TypeError, () => new QuotaExceededError("", { quota: NaN }));
}, "QuotaExceededError");
