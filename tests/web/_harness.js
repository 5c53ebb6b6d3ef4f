// A harness of the shape that tests of the web platform are written for: test(), promise_test(), async_test() and
// their assertions. It runs inside of a request; `results()` gives what came of all.
(() => {
  const all = [];
  const cleanUps = [];
  let queue = Promise.resolve();
  let pending = 0;
  let explicitDone = false;
  let isDone = false;
  let single;
  let finished;
  const over = new Promise((resolve) => { finished = resolve; });

  class AssertionError extends Error {}
  AssertionError.prototype.name = "AssertionError";

  function format(value, depth = 0) {
    if (typeof value === "string") return JSON.stringify(value);
    if (typeof value === "bigint") return `${value}n`;
    if (Object.is(value, -0)) return "-0";
    if (Array.isArray(value)) return depth > 3 ? "[...]" : `[${value.map((each) => format(each, depth + 1)).join(", ")}]`;
    if (typeof value === "function") return `function ${value.name}`;
    if (typeof value === "object" && value !== null) {
      try { return Object.prototype.toString.call(value) + (value.message ? ` ${value.name}: ${value.message}` : ""); } catch { return "object"; }
    }
    return String(value);
  }
  function check(holds, message, said) {
    if (!holds) throw new AssertionError(said === undefined ? message : `${said}: ${message}`);
  }
  const same = (one, other) => Object.is(one, other) || (Number.isNaN(one) && Number.isNaN(other));

  class Test {
    constructor(name) {
      this.name = name;
      this.status = undefined;
      this.message = "";
      this.cleanUps = [];
      this.step_func = (callback, self = this) => (...values) => this.step(() => callback.apply(self, values));
      this.step_func_done = (callback, self = this) => (...values) => {
        if (callback) this.step(() => callback.apply(self, values));
        this.done();
      };
      this.unreached_func = (message = "unreached") => this.step_func(() => assert_unreached(message));
      all.push(this);
    }
    finish(status, error) {
      if (this.status !== undefined) return;
      this.status = status;
      if (error !== undefined) this.message = error instanceof AssertionError ? error.message : `threw ${format(error)}\n${error?.stack ?? ""}`;
      for (const clean of this.cleanUps.splice(0)) { try { clean(); } catch {} }
      this.ended?.();
    }
    step(callback, self = this, ...values) {
      if (this.status !== undefined) return undefined;
      try { return callback.apply(self, values); } catch (error) { this.finish("FAIL", error); return undefined; }
    }
    done() { this.finish("PASS"); }
    add_cleanup(callback) { this.cleanUps.push(callback); }
    step_timeout(callback, delay, ...values) { return setTimeout(this.step_func(() => callback.apply(this, values)), delay); }
    step_wait(condition, message = "", limit = 3000, every = 10) {
      const end = performance.now() + limit;
      return new Promise((resolve) => {
        const look = () => (condition() ? resolve() : performance.now() > end ? this.finish("FAIL", new AssertionError(`waited: ${message}`)) : setTimeout(look, every));
        look();
      });
    }
    step_wait_func_done(condition, callback, message, limit, every) {
      this.step_wait(condition, message, limit, every).then(() => { this.step(callback); this.done(); });
    }
    get_signal() {
      const controller = new AbortController();
      this.add_cleanup(() => controller.abort());
      return controller.signal;
    }
  }

  const define = (members) => Object.assign(globalThis, members);
  define({
    AssertionError,
    format_value: format,
    setup(one, other) {
      const options = typeof one === "function" ? other : one;
      if (options?.explicit_done) explicitDone = true;
      if (options?.single_test) {
        single = async_test("(the file)");
      }
      if (typeof one === "function") one();
    },
    promise_setup(callback) { queue = queue.then(callback); },
    done() {
      isDone = true;
      single?.done();
    },
    test(callback, name = "") {
      const one = new Test(name);
      one.step(callback, one, one);
      if (one.status === undefined) one.finish("PASS");
    },
    async_test(callback, name) {
      const one = new Test(typeof callback === "function" ? name : callback);
      pending++;
      one.ended = () => { pending--; finished(); };
      if (typeof callback === "function") one.step(callback, one, one);
      return one;
    },
    promise_test(callback, name = "") {
      const one = new Test(name);
      queue = queue.then(async () => {
        const ended = new Promise((resolve) => { one.ended = resolve; });
        const limit = setTimeout(() => one.finish("TIMEOUT", new AssertionError("the promise did not settle in 10 seconds")), 10000);
        (async () => callback.call(one, one))().then(() => one.finish("PASS"), (error) => one.finish("FAIL", error));
        await ended;
        clearTimeout(limit);
      });
    },
    generate_tests(callback, list) { for (const [name, ...values] of list) test(() => callback(...values), name); },
    subsetTest(kind, ...values) { return kind(...values); },
    subsetTestByKey(key, kind, ...values) { return kind(...values); },
    shouldRunSubTest: () => true,
    fetch_json: async (url) => (await fetch(url)).json(),
    step_timeout: (callback, delay, ...values) => setTimeout(callback, delay, ...values),
    add_completion_callback() {},
    add_result_callback() {},

    assert_true(value, said) { check(value === true, `${format(value)} is not true`, said); },
    assert_false(value, said) { check(value === false, `${format(value)} is not false`, said); },
    assert_equals(one, other, said) {
      check(typeof one === typeof other && same(one, other), `got ${format(one)}, wanted ${format(other)}`, said);
    },
    assert_not_equals(one, other, said) { check(!same(one, other), `got ${format(one)}`, said); },
    assert_in_array(value, list, said) { check(list.includes(value), `${format(value)} is not among ${format(list)}`, said); },
    assert_array_equals(one, other, said) {
      check(typeof one === "object" && one !== null && "length" in one, `${format(one)} is no array`, said);
      check(one.length === other.length, `got ${format([...one])}, wanted ${format([...other])}`, said);
      for (let at = 0; at < one.length; at++) {
        check(Object.hasOwn(one, at) === Object.hasOwn(other, at) && same(one[at], other[at]),
          `[${at}]: got ${format(one[at])}, wanted ${format(other[at])}`, said);
      }
    },
    assert_array_approx_equals(one, other, most, said) {
      check(one.length === other.length, `lengths ${one.length} and ${other.length}`, said);
      for (let at = 0; at < one.length; at++) check(Math.abs(one[at] - other[at]) <= most, `[${at}]: ${one[at]} and ${other[at]}`, said);
    },
    assert_object_equals(one, other, said) {
      const compare = (a, b, path) => {
        check(typeof a === "object" && a !== null, `${path} is no object`, said);
        for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
          check(Object.hasOwn(a, key) === Object.hasOwn(b, key), `${path}.${key} is in one of them`, said);
          if (typeof a[key] === "object" && a[key] !== null && typeof b[key] === "object" && b[key] !== null) compare(a[key], b[key], `${path}.${key}`);
          else check(same(a[key], b[key]), `${path}.${key}: got ${format(a[key])}, wanted ${format(b[key])}`, said);
        }
      };
      compare(one, other, "object");
    },
    assert_approx_equals(one, other, most, said) { check(Math.abs(one - other) <= most, `${one} is not near ${other}`, said); },
    assert_less_than(one, other, said) { check(one < other, `${format(one)} is not less than ${format(other)}`, said); },
    assert_greater_than(one, other, said) { check(one > other, `${format(one)} is not greater than ${format(other)}`, said); },
    assert_less_than_equal(one, other, said) { check(one <= other, `${format(one)} is greater than ${format(other)}`, said); },
    assert_greater_than_equal(one, other, said) { check(one >= other, `${format(one)} is less than ${format(other)}`, said); },
    assert_between_exclusive(one, low, high, said) { check(one > low && one < high, `${format(one)} is not between`, said); },
    assert_between_inclusive(one, low, high, said) { check(one >= low && one <= high, `${format(one)} is not between`, said); },
    assert_regexp_match(text, pattern, said) { check(pattern.test(text), `${format(text)} does not match ${pattern}`, said); },
    assert_class_string(value, name, said) {
      check(Object.prototype.toString.call(value) === `[object ${name}]`, `${Object.prototype.toString.call(value)} is no ${name}`, said);
    },
    assert_own_property(value, name, said) { check(Object.hasOwn(value, name), `has no property ${String(name)}`, said); },
    assert_not_own_property(value, name, said) { check(!Object.hasOwn(value, name), `has a property ${String(name)}`, said); },
    assert_inherits(value, name, said) { check(!Object.hasOwn(value, name) && name in value, `does not inherit ${String(name)}`, said); },
    assert_idl_attribute(value, name, said) { check(!Object.hasOwn(value, name) && name in value, `has no attribute ${String(name)}`, said); },
    assert_readonly(value, name, said) {
      const before = value[name];
      try { value[name] = before + "a"; } catch {}
      check(same(value[name], before), `${String(name)} can be set`, said);
    },
    assert_throws_js(type, callback, said) {
      try { callback.call(this); } catch (error) {
        check(typeof error === "object" && error !== null && error.constructor === type && error.name === type.name, `threw ${format(error)}, wanted ${type.name}`, said);
        return;
      }
      check(false, `did not throw a ${type.name}`, said);
    },
    assert_throws_dom(kind, one, other, third) {
      const [callback, said] = other instanceof Function ? [other, third] : [one, other];
      try { callback.call(this); } catch (error) { checkDom(error, kind, said); return; }
      check(false, `did not throw a ${kind}`, said);
    },
    assert_throws_exactly(wanted, callback, said) {
      try { callback.call(this); } catch (error) { check(same(error, wanted), `threw ${format(error)}, wanted ${format(wanted)}`, said); return; }
      check(false, "did not throw", said);
    },
    assert_throws_quotaexceedederror(callback, quota, requested, said) {
      try { callback(); } catch (error) { check(error.name === "QuotaExceededError", `threw ${format(error)}`, said); return; }
      check(false, "did not throw", said);
    },
    assert_unreached(said) { check(false, "was reached", said); },
    assert_implements(value, said) { check(Boolean(value), "is not there", said); },
    assert_implements_optional(value, said) { check(Boolean(value), "is not there, and need not be", said); },
    assert_any(assertion, value, list, ...more) {
      const failures = [];
      for (const each of list) { try { assertion(value, each, ...more); return; } catch (error) { failures.push(error.message); } }
      check(false, failures.join("; "));
    },
    async promise_rejects_js(one, type, promise, said) {
      let error;
      try { await promise; } catch (caught) { error = { caught }; }
      check(error !== undefined, `was not rejected with a ${type.name}`, said);
      check(error.caught?.constructor === type, `rejected with ${format(error.caught)}, wanted ${type.name}`, said);
    },
    async promise_rejects_dom(one, kind, first, second, third) {
      const [promise, said] = typeof first === "function" ? [second, third] : [first, second];
      let error;
      try { await promise; } catch (caught) { error = { caught }; }
      check(error !== undefined, `was not rejected with a ${kind}`, said);
      checkDom(error.caught, kind, said);
    },
    async promise_rejects_exactly(one, wanted, promise, said) {
      let error;
      try { await promise; } catch (caught) { error = { caught }; }
      check(error !== undefined, "was not rejected", said);
      check(same(error.caught, wanted), `rejected with ${format(error.caught)}, wanted ${format(wanted)}`, said);
    },
    async promise_rejects_quotaexceedederror(one, promise) { return promise_rejects_dom(one, "QuotaExceededError", promise); },
    GLOBAL: { isWindow: () => false, isWorker: () => true, isShadowRealm: () => false },
    EventWatcher: class {
      constructor(one, target, types) {
        const seen = [];
        let waiting = null;
        for (const type of [types].flat()) {
          target.addEventListener(type, one.step_func((event) => {
            if (waiting === null) seen.push(event);
            else { const { wanted, resolve } = waiting; waiting = null; assert_equals(event.type, wanted); resolve(event); }
          }));
        }
        this.wait_for = async (wanted) => {
          let last;
          for (const type of [wanted].flat()) {
            last = seen.length > 0 ? seen.shift() : await new Promise((resolve) => { waiting = { wanted: type, resolve }; });
            assert_equals(last.type, type);
          }
          return last;
        };
      }
    },
  });

  const oldCodes = { IndexSizeError: 1, HierarchyRequestError: 3, WrongDocumentError: 4, InvalidCharacterError: 5, NoModificationAllowedError: 7, NotFoundError: 8, NotSupportedError: 9,
    InUseAttributeError: 10, InvalidStateError: 11, SyntaxError: 12, InvalidModificationError: 13, NamespaceError: 14, InvalidAccessError: 15, TypeMismatchError: 17, SecurityError: 18,
    NetworkError: 19, AbortError: 20, URLMismatchError: 21, QuotaExceededError: 22, TimeoutError: 23, InvalidNodeTypeError: 24, DataCloneError: 25 };
  const oldNames = Object.fromEntries(Object.keys(oldCodes).map((name) => [name.replace(/Error$/, "").replace(/[a-z](?=[A-Z])/g, "$&_").toUpperCase() + "_ERR", name]));
  function checkDom(error, kind, said) {
    const name = typeof kind === "number" ? Object.keys(oldCodes).find((each) => oldCodes[each] === kind) : oldNames[kind] ?? kind;
    check(error instanceof DOMException, `threw ${format(error)}, wanted a DOMException ${name}`, said);
    check(error.name === name, `threw ${error.name} (${error.message}), wanted ${name}`, said);
    check(error.code === (oldCodes[name] ?? 0), `code ${error.code}, wanted ${oldCodes[name] ?? 0}`, said);
  }

  /** Waits for all that the file has begun. */
  globalThis.__results = async () => {
    // A test may add others.
    for (let last; last !== queue;) await (last = queue);
    const limit = performance.now() + 10000;
    while ((pending > 0 || (explicitDone && !isDone)) && performance.now() < limit) await new Promise((resolve) => setTimeout(resolve, 5));
    for (const one of all) if (one.status === undefined) one.finish("TIMEOUT", new AssertionError("done() was not called in 10 seconds"));
    return all.map(({ name, status, message }) => ({ name: String(name), status, message }));
  };
})();
