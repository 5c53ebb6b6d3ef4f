import EventEmitter from "events";

const { once, defaultMaxListeners, listenerCount } = EventEmitter;
const errorMonitor = Symbol("events.errorMonitor");
const captureRejectionSymbol = Symbol.for("nodejs.rejection");

function getEventListeners(emitter, name) { return emitter.listeners(name); }
function setMaxListeners(count, ...emitters) {
  for (const emitter of emitters) emitter.setMaxListeners?.(count);
}

/** Events as an endless iterator, until an "error". */
async function* on(emitter, name) {
  const events = [];
  let wake = () => {};
  let failure;
  const listener = (...values) => {
    events.push(values);
    wake();
  };
  const fail = (error) => {
    failure = { error };
    wake();
  };
  emitter.on(name, listener);
  if (name !== "error") emitter.on("error", fail);
  try {
    for (;;) {
      while (events.length > 0) yield events.shift();
      if (failure !== undefined) throw failure.error;
      await new Promise((resolve) => { wake = resolve; });
    }
  } finally {
    emitter.off(name, listener);
    emitter.off("error", fail);
  }
}

Object.assign(EventEmitter, { on, errorMonitor, captureRejectionSymbol, getEventListeners, setMaxListeners });
const { EventEmitter: Class } = EventEmitter;
export {
  Class as EventEmitter, on, once, defaultMaxListeners, listenerCount, errorMonitor, captureRejectionSymbol,
  getEventListeners, setMaxListeners,
};
export default EventEmitter;
