// Exceptions of the platform that say more than a DOMException.
import { define, dictionary } from "wws:idl";

function amountOf(value, name) {
  if (value === undefined) return null;
  const amount = Number(value);
  if (!Number.isFinite(amount)) throw new TypeError(`${name} is a finite number`);
  if (amount < 0) throw new RangeError(`${name} is not below 0`);
  return amount;
}

export class QuotaExceededError extends DOMException {
  #quota;
  #requested;
  constructor(message = "", options = {}) {
    super(`${message}`, "QuotaExceededError");
    const { quota, requested } = dictionary(options, "new QuotaExceededError");
    this.#quota = amountOf(quota, "quota");
    this.#requested = amountOf(requested, "requested");
    if (this.#quota !== null && this.#requested !== null && this.#requested < this.#quota) {
      throw new RangeError("what was requested is below the quota");
    }
  }
  get quota() { return this.#quota; }
  get requested() { return this.#requested; }
}
define(QuotaExceededError);
