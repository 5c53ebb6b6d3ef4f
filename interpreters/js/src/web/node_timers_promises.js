// node:timers/promises
function later(start, stop, value, { signal } = {}) {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const abort = () => {
      stop(id);
      reject(signal.reason);
    };
    const id = start(() => {
      signal?.removeEventListener("abort", abort);
      resolve(value);
    });
    signal?.addEventListener("abort", abort, { once: true });
  });
}

export function setTimeout(delay, value, options) {
  return later((callback) => globalThis.setTimeout(callback, delay), globalThis.clearTimeout, value, options);
}
export function setImmediate(value, options) {
  return later((callback) => globalThis.setImmediate(callback), globalThis.clearImmediate, value, options);
}
export async function* setInterval(delay, value, options) {
  for (;;) yield await setTimeout(delay, value, options);
}
export const scheduler = { wait: (delay, options) => setTimeout(delay, undefined, options), yield: () => setImmediate() };
export default { setTimeout, setImmediate, setInterval, scheduler };
