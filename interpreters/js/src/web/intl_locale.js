// Locales of Intl: formats are those of American English, whatever is asked for.

const ours = ["en", "en-US"];
const shape = /^(?:[a-z]{2,3}|[a-z]{5,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?(?:-(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*(?:-[a-wyz\d](?:-[a-z\d]{2,8})+)*(?:-x(?:-[a-z\d]{1,8})+)?$/i;

function canonical(locale) {
  if (!shape.test(locale)) throw new RangeError(`Incorrect locale information provided: ${locale}`);
  let isExtension = false;
  return locale.split("-").map((part, at) => {
    const lower = part.toLowerCase();
    if (at > 0 && part.length === 1) isExtension = true;
    if (at === 0 || isExtension) return lower;
    if (part.length === 4 && /^[a-z]/i.test(part)) return lower[0].toUpperCase() + lower.slice(1);
    return part.length === 2 ? lower.toUpperCase() : lower;
  }).join("-");
}

export function canonicalLocales(locales) {
  if (locales === undefined) return [];
  if (locales === null) throw new TypeError("null is no list of locales");
  const list = typeof locales === "string" || locales instanceof Locale ? [locales] : Array.from(Object(locales));
  const found = new Set();
  for (const each of list) {
    if (typeof each !== "string" && (typeof each !== "object" || each === null)) {
      throw new TypeError("a locale is a string or an object");
    }
    found.add(canonical(String(each)));
  }
  return [...found];
}

const base = (locale) => locale.replace(/-[a-z\d](?:-.*)?$/, "");

/** Those that are formatted as they are asked for. */
export const supported = (locales) => canonicalLocales(locales).filter((locale) => ours.includes(base(locale)));

/** What it is formatted as. */
export function resolved(locales) { return base(supported(locales)[0] ?? "en-US"); }

/** options[name], one of `values` if they are given. */
export function option(options, name, values, otherwise) {
  const value = options[name];
  if (value === undefined) return otherwise;
  const text = String(value);
  if (values !== undefined && !values.includes(text)) throw new RangeError(`Value ${text} out of range for options property ${name}`);
  return text;
}

export function integerOption(options, name, lowest, highest, otherwise) {
  if (options[name] === undefined) return otherwise;
  const value = Number(options[name]);
  if (!(value >= lowest && value <= highest)) throw new RangeError(`${name} value is out of range.`);
  return Math.floor(value);
}

export function optionsOf(options) {
  if (options === undefined) return Object.create(null);
  if (options === null) throw new TypeError("null has no options");
  return Object(options);
}

/** A class of Intl that may be called without `new`, as the language has it for the older ones. */
export function service(type, { isCallable = false } = {}) {
  Object.defineProperty(type.prototype, Symbol.toStringTag, { value: `Intl.${type.name}`, configurable: true });
  Object.defineProperty(type, "supportedLocalesOf", {
    value: function supportedLocalesOf(locales) { return supported(locales); }, writable: true, configurable: true,
  });
  if (!isCallable) return type;
  return new Proxy(type, { apply: (target, self, values) => new target(...values) });
}

export class Locale {
  #text;
  constructor(tag, options) {
    if (typeof tag !== "string" && (typeof tag !== "object" || tag === null)) throw new TypeError("a locale is a string or an object");
    let [language, ...rest] = canonical(String(tag)).split("-");
    const given = optionsOf(options);
    language = option(given, "language", undefined, language);
    const put = (name, test) => {
      const value = option(given, name, undefined, undefined);
      if (value === undefined) return;
      rest = rest.filter((part) => !test(part));
      rest.splice(name === "script" ? 0 : rest.findIndex((part) => part.length === 4) + 1, 0, value);
    };
    put("script", (part) => /^[a-z]{4}$/i.test(part));
    put("region", (part) => /^(?:[a-z]{2}|\d{3})$/i.test(part));
    this.#text = canonical([language, ...rest].join("-"));
  }
  get baseName() { return base(this.#text); }
  get language() { return this.#text.split("-")[0]; }
  get script() { return /^[a-z]+-([A-Z][a-z]{3})\b/.exec(this.baseName)?.[1]; }
  get region() { return /-([A-Z]{2}|\d{3})\b/.exec(this.baseName)?.[1]; }
  maximize() { return new Locale(this.#text); }
  minimize() { return new Locale(this.#text); }
  toString() { return this.#text; }
}
Object.defineProperty(Locale.prototype, Symbol.toStringTag, { value: "Intl.Locale", configurable: true });
