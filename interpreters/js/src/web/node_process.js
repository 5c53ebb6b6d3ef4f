// node:process, as far as it makes sense without a system; the globals `process`, `global` and `Buffer`.
import { clock, log, requireModule } from "wws:native";

const STEADY_CLOCK = 1;
const WARNING = 1;
const INFORMATION = 2;

/** NODE_ENV; the worker's variables are behind it. */
const environment = { NODE_ENV: "production" };

/** From now on variables are found in process.env too. */
export function useEnvironment(variables) { Object.setPrototypeOf(environment, variables); }

function hrtime(before) {
  const now = clock(STEADY_CLOCK);
  let seconds = Math.floor(now / 1000);
  let nanoseconds = Math.round((now % 1000) * 1e6);
  if (before !== undefined) {
    seconds -= before[0];
    nanoseconds -= before[1];
    if (nanoseconds < 0) {
      seconds--;
      nanoseconds += 1e9;
    }
  }
  return [seconds, nanoseconds];
}
hrtime.bigint = () => BigInt(Math.round(clock(STEADY_CLOCK) * 1e6));

function writer(level) {
  return { isTTY: false, write(text) { log(level, String(text).replace(/\n$/, "")); return true; } };
}
function refuse(name, instead) {
  return () => { throw new Error(`process.${name} does nothing in a worker; ${instead}`); };
}

export const process = {
  title: "wws", argv: [], execArgv: [], env: environment, pid: 1, ppid: 0, platform: "linux", arch: "wasm32",
  version: "", versions: {}, release: { name: "wws" }, features: {}, exitCode: undefined,
  stdout: writer(INFORMATION), stderr: writer(WARNING),
  cwd: () => "/",
  chdir: refuse("chdir", "there are no folders"),
  exit: refuse("exit", "answer with a Response, or throw"),
  abort: refuse("abort", "throw"),
  kill: refuse("kill", "there are no processes"),
  nextTick(callback, ...values) {
    if (typeof callback !== "function") throw new TypeError("process.nextTick needs a function");
    queueMicrotask(() => callback(...values));
  },
  hrtime,
  uptime: () => clock(STEADY_CLOCK) / 1000,
  memoryUsage: () => ({ rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 }),
  emitWarning(warning) { log(WARNING, String(warning?.message ?? warning)); },
  umask: () => 0o22,
  binding: refuse("binding", "there is nothing native"),
  listeners: () => [],
  listenerCount: () => 0,
  emit: () => false,
};
// Nothing is ever emitted: what a process goes through is the server's concern.
for (const name of ["on", "once", "off", "addListener", "removeListener", "removeAllListeners", "prependListener",
  "setMaxListeners"]) process[name] = () => process;

export default process;
export const { env, argv, platform, version, versions, cwd, nextTick, stdout, stderr, exit, emitWarning, uptime } = process;
export { hrtime };

function defineHidden(name, value) {
  Object.defineProperty(globalThis, name, { value, writable: true, enumerable: false, configurable: true });
}
defineHidden("process", process);
defineHidden("global", globalThis);

/** For scripts that mention it: those that do not use it do not pay for it. */
export function defineBuffer() {
  Object.defineProperty(globalThis, "Buffer", {
    get() {
      const { Buffer } = requireModule("node:buffer");
      defineHidden("Buffer", Buffer);
      return Buffer;
    },
    set(value) { defineHidden("Buffer", value); },
    enumerable: false,
    configurable: true,
  });
}
