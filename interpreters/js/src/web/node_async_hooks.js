// node:async_hooks: AsyncLocalStorage and AsyncResource.
import { asyncContext, setAsyncContext } from "wws:native";

/** A context is a Map that nobody changes, from storages to what they hold; undefined is an empty one. */
function within(context, callback, self, values) {
  const before = asyncContext();
  setAsyncContext(context);
  try {
    return Reflect.apply(callback, self, values);
  } finally {
    setAsyncContext(before);
  }
}

function bound(callback) {
  if (typeof callback !== "function") throw new TypeError("bind needs a function");
  const context = asyncContext();
  return function (...values) { return within(context, callback, this, values); };
}

export class AsyncLocalStorage {
  #default;
  #name;
  constructor({ defaultValue, name = "" } = {}) {
    this.#default = defaultValue;
    this.#name = name;
  }

  get name() { return this.#name; }
  run(store, callback, ...values) { return within(this.#with(store), callback, undefined, values); }
  exit(callback, ...values) { return within(this.#with(undefined), callback, undefined, values); }
  getStore() {
    const context = asyncContext();
    return context?.has(this) ? context.get(this) : this.#default;
  }
  enterWith(store) { setAsyncContext(this.#with(store)); }
  disable() {
    const context = new Map(asyncContext());
    context.delete(this);
    setAsyncContext(context);
  }
  #with(store) { return new Map(asyncContext()).set(this, store); }

  static bind(callback) { return bound(callback); }
  static snapshot() { return bound((callback, ...values) => callback(...values)); }
}

export class AsyncResource {
  #context = asyncContext();
  #type;
  constructor(type) {
    if (typeof type !== "string") throw new TypeError("an AsyncResource needs a type, which is a text");
    this.#type = type;
  }

  get type() { return this.#type; }
  runInAsyncScope(callback, self, ...values) { return within(this.#context, callback, self, values); }
  bind(callback, self) {
    const resource = this;
    return function (...values) { return resource.runInAsyncScope(callback, self ?? this, ...values); };
  }
  emitDestroy() { return this; }
  asyncId() { return 0; }
  triggerAsyncId() { return 0; }

  static bind(callback, type = callback.name || "bound", self) { return new AsyncResource(type).bind(callback, self); }
}

export const executionAsyncId = () => 0;
export const triggerAsyncId = () => 0;
export default { AsyncLocalStorage, AsyncResource, executionAsyncId, triggerAsyncId };
