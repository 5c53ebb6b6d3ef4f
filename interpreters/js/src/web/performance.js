// performance and navigator. The clock moves in milliseconds, and in each request from its begin on.
import { clock } from "wws:native";
import { setEventClock } from "wws:events";
import { define } from "wws:idl";

const WALL = 0, STEADY = 1;
let began;
let origin;

/** At the begin of a request: what was measured before is another's. */
export function restartClock() { began = undefined; }

function start() {
  if (began !== undefined) return;
  began = clock(STEADY);
  origin = clock(WALL);
}

class Performance {
  constructor() { throw new TypeError("Illegal constructor: there is one, performance"); }
  now() {
    start();
    return clock(STEADY) - began;
  }
  get timeOrigin() {
    start();
    return origin;
  }
  toJSON() { return { timeOrigin: this.timeOrigin }; }
}
define(Performance);
const performance = Object.create(Performance.prototype);
Object.defineProperty(globalThis, "performance", {
  value: performance, writable: true, enumerable: true, configurable: true,
});
setEventClock(() => performance.now());

class Navigator {
  constructor() { throw new TypeError("Illegal constructor: there is one, navigator"); }
  get userAgent() { return "wws"; }
  get hardwareConcurrency() { return 1; }
  get language() { return "en"; }
  get languages() { return ["en"]; }
}
define(Navigator);
Object.defineProperty(globalThis, "navigator", {
  value: Object.create(Navigator.prototype), enumerable: true, configurable: true,
});
