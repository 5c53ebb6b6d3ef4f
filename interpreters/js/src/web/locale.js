// toLocaleString() and the like of the language's own objects; what they do is evaluated with the first call.
import { evaluate, isMentioned } from "wws:native";

let methods;
const intl = () => (methods ??= evaluate("wws:intl").methods);

function replace(type, name, make) {
  // As a method has it: no constructor, and as long as it was.
  const { [name]: method } = make();
  Object.defineProperty(method, "length", { value: type.prototype[name].length, configurable: true });
  Object.defineProperty(type.prototype, name, { value: method, writable: true, configurable: true });
}

const timeOf = (date) => {
  const time = Date.prototype.getTime.call(date);
  return Number.isNaN(time) ? undefined : time;
};
const dates = { toLocaleString: "date", toLocaleDateString: "dateOnly", toLocaleTimeString: "timeOnly" };
for (const [name, kind] of Object.entries(dates)) {
  replace(Date, name, () => ({
    [name](locales, options) {
      const time = timeOf(this);
      return time === undefined ? "Invalid Date" : intl()[kind](time, locales, options);
    },
  }));
}
replace(Number, "toLocaleString", () => ({
  toLocaleString(locales, options) { return intl().number(Number.prototype.valueOf.call(this), locales, options); },
}));
replace(BigInt, "toLocaleString", () => ({
  toLocaleString(locales, options) { return intl().number(BigInt.prototype.valueOf.call(this), locales, options); },
}));
replace(String, "localeCompare", () => ({
  localeCompare(other, locales, options) {
    if (this === undefined || this === null) throw new TypeError("localeCompare is called on nothing");
    return intl().compare(String(this), String(other), locales, options);
  },
}));

/** If the script's text says so, what formats is evaluated before there are requests. */
export function loadIfMentioned() {
  if (["toLocale", "localeCompare"].some((name) => isMentioned(name))) intl();
}
