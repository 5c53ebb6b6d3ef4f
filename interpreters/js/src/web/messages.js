// MessageChannel and MessagePort. A message arrives in a turn of its own.
import { addCloneable, cloneAndMove, refusal, transferOf } from "wws:clone";
import { define, needArguments } from "wws:idl";
import { Event, EventTarget, MessageEvent, fire } from "wws:events";

const key = Symbol("MessagePort");

/** Before there is a request there are no turns of the server: the script's own end makes one. */
function later(run) {
  try {
    setTimeout(run, 0);
  } catch {
    queueMicrotask(run);
  }
}

export class MessagePort extends EventTarget {
  #other = null;
  #waiting = [];  // [data, ports] that came before start()
  #isStarted = false;
  #isGone = false;  // closed, or transferred
  #handlers = {};

  constructor(...given) {
    if (given[0] !== key) throw new TypeError("Illegal constructor: ports come from a MessageChannel");
    super();
  }
  postMessage(message, options = undefined) {
    needArguments(arguments.length, 1, "MessagePort.postMessage");
    const transfer = transferOf(options);
    if (transfer.includes(this)) throw refusal("a port cannot be transferred by itself");
    const [data, moved] = cloneAndMove(message, transfer);
    if (this.#isGone || this.#other === null) return;
    this.#other.#take([data, moved.filter((each) => each instanceof MessagePort)]);
  }
  #take(message) {
    this.#waiting.push(message);
    if (this.#isStarted) later(() => this.#deliver());
  }
  #deliver() {
    if (this.#isGone || this.#waiting.length === 0) return;
    const [data, ports] = this.#waiting.shift();
    fire(this, new MessageEvent("message", { data, ports }));
  }
  start() {
    if (this.#isStarted || this.#isGone) return;
    this.#isStarted = true;
    for (let count = this.#waiting.length; count > 0; count--) later(() => this.#deliver());
  }
  close() {
    const other = this.#other;
    this.#isGone = true;
    this.#other = null;
    if (other === null) return;
    other.#other = null;
    later(() => { if (!other.#isGone) fire(other, new Event("close")); });
  }
  #handler(type, callback) {
    const known = this.#handlers[type];
    if (known === undefined) {
      const handler = (this.#handlers[type] = { callback: null });
      this.addEventListener(type, (event) => handler.callback?.call(this, event));
    }
    this.#handlers[type].callback = typeof callback === "function" ? callback : null;
  }
  get onmessage() { return this.#handlers.message?.callback ?? null; }
  set onmessage(callback) {
    this.#handler("message", callback);
    this.start();
  }
  get onmessageerror() { return this.#handlers.messageerror?.callback ?? null; }
  set onmessageerror(callback) { this.#handler("messageerror", callback); }
  get onclose() { return this.#handlers.close?.callback ?? null; }
  set onclose(callback) { this.#handler("close", callback); }

  static [key](one, other) {
    one.#other = other;
    other.#other = one;
  }
  /** A port that takes the place of this one. */
  static move(port) {
    if (port.#isGone) throw refusal("a port that was closed or transferred cannot be transferred");
    const copy = new MessagePort(key);
    return { copy, commit: () => {
      const other = port.#other;
      if (other !== null) MessagePort[key](copy, other);
      copy.#waiting = port.#waiting;
      port.#waiting = [];
      port.#other = null;
      port.#isGone = true;
    } };
  }
}
const { move } = MessagePort;
delete MessagePort.move;
define(MessagePort);
addCloneable({ test: (value) => value instanceof MessagePort, move });

export class MessageChannel {
  #port1 = new MessagePort(key);
  #port2 = new MessagePort(key);
  constructor() { MessagePort[key](this.#port1, this.#port2); }
  get port1() { return this.#port1; }
  get port2() { return this.#port2; }
}
define(MessageChannel);
