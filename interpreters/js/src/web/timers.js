// Timers, each an operation of the server's.
import { cancel, timer, unless, when } from "wws:native";
import { onAbort } from "wws:abort";
import { report } from "wws:events";
import { defineGlobal, needArguments } from "wws:idl";

const longest = 2 ** 31 - 1;
const pending = new Map();
let last = 0;
let isServing = false;

/** From now on there are timers: not while the script is evaluated. */
export function allowTimers() { isServing = true; }

function begin(id, entry) {
  const operation = timer(entry.delay);
  if (operation < 0) throw new RangeError("more timers are pending than the server keeps");
  entry.operation = operation;
  pending.set(id, entry);
  when(operation, () => {
    pending.delete(id);
    try {
      entry.callback.apply(globalThis, entry.values);
    } catch (error) {
      report(error, "in a timer: ");
    }
    if (entry.repeats && !entry.cleared) begin(id, entry);
  }, entry.delay);
}

function start(name, repeats, callback, delay, values) {
  if (typeof callback !== "function") throw new TypeError(`${name} needs a function`);
  if (!isServing) {
    throw new TypeError(`${name} is called while the script is loaded, before there is a request; call it in a handler`);
  }
  delay = Math.trunc(Number(delay));
  if (!(delay >= 0)) delay = 0;
  const id = ++last;
  begin(id, { callback, values, repeats, delay: delay > longest ? 0 : delay, cleared: false, operation: 0 });
  return id;
}

function clear(id) {
  const entry = pending.get(Number(id));
  if (entry === undefined) return;
  entry.cleared = true;
  pending.delete(Number(id));
  unless(entry.operation);
  cancel(entry.operation);
}

/** An interval that clears itself from within is not pending at that moment. */
function clearRunning(id) {
  clear(id);
  running.get(Number(id))?.();
}
const running = new Map();

defineGlobal("setTimeout", function setTimeout(callback, delay = 0, ...values) {
  needArguments(arguments.length, 1, "setTimeout");
  return start("setTimeout", false, callback, delay, values);
});
defineGlobal("setInterval", function setInterval(callback, delay = 0, ...values) {
  needArguments(arguments.length, 1, "setInterval");
  const id = start("setInterval", true, callback, delay, values);
  const entry = pending.get(id);
  running.set(id, () => {
    entry.cleared = true;
    running.delete(id);
  });
  return id;
});
defineGlobal("clearTimeout", function clearTimeout(id = undefined) { clearRunning(id); });
defineGlobal("clearInterval", function clearInterval(id = undefined) { clearRunning(id); });
defineGlobal("setImmediate", function setImmediate(callback, ...values) {
  return start("setImmediate", false, callback, 0, values);
});
defineGlobal("clearImmediate", function clearImmediate(id = undefined) { clearRunning(id); });

class Scheduler {
  wait(delay, options = {}) {
    return new Promise((resolve, reject) => {
      needArguments(arguments.length, 1, "scheduler.wait");
      const signal = options?.signal;
      if (signal?.aborted) throw signal.reason;
      const id = setTimeout(() => {
        forget?.();
        resolve();
      }, delay);
      const forget = signal && onAbort(signal, (reason) => {
        clearTimeout(id);
        reject(reason);
      });
    });
  }
}
Object.defineProperty(Scheduler.prototype, Symbol.toStringTag, { value: "Scheduler", configurable: true });
Object.defineProperty(globalThis, "scheduler", {
  value: new Scheduler(), writable: true, enumerable: true, configurable: true,
});

const queue = globalThis.queueMicrotask;
defineGlobal("queueMicrotask", function queueMicrotask(callback) {
  needArguments(arguments.length, 1, "queueMicrotask");
  if (typeof callback !== "function") throw new TypeError("queueMicrotask needs a function");
  queue(() => {
    try {
      callback();
    } catch (error) {
      report(error, "in a microtask: ");
    }
  });
});
