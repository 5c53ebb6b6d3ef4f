// Intl, in American English alone, and what the language's own objects format by it.
import { DateTimeFormat } from "wws:intl_date";
import { Locale, canonicalLocales, integerOption, option, optionsOf, resolved, service } from "wws:intl_locale";
import { NumberFormat, digitsText, readDigits, textOf } from "wws:intl_number";
import { zoneNames } from "wws:intl_zone";

class PluralRules {
  #options;
  constructor(locales, given) {
    const options = optionsOf(given);
    const locale = resolved(locales);
    const type = option(options, "type", ["cardinal", "ordinal"], "cardinal");
    this.#options = { locale, type, ...readDigits(options, 0, 3), roundingMode: "halfExpand" };
  }
  select(value) { return this.#category(digitsText(value, this.#options)); }
  selectRange(from, to) {
    if (from === undefined || to === undefined) throw new TypeError("a range has a begin and an end");
    return this.#options.type === "ordinal" ? this.select(to) : "other";
  }
  #category(text) {
    if (this.#options.type === "cardinal") return text === "1" || text === "-1" ? "one" : "other";
    if (!/^\d+$/.test(text) || /1[123]$/.test(text)) return "other";
    return { 1: "one", 2: "two", 3: "few" }[text.at(-1)] ?? "other";
  }
  resolvedOptions() {
    const pluralCategories = this.#options.type === "cardinal" ? ["one", "other"] : ["few", "one", "two", "other"];
    return { ...this.#options, pluralCategories };
  }
}

const shortUnits = { second: "sec.", minute: "min.", hour: "hr.", day: "day", week: "wk.", month: "mo.", quarter: "qtr.", year: "yr." };
const narrowUnits = { second: "s", minute: "min", hour: "h", day: "d", week: "w", month: "mo", quarter: "q", year: "y" };
const words = { second: { 0: "now" }, minute: { 0: "this minute" }, hour: { 0: "this hour" }, day: { "-1": "yesterday", 0: "today", 1: "tomorrow" } };

class RelativeTimeFormat {
  #options;
  #numbers;
  constructor(locales, given) {
    const options = optionsOf(given);
    const style = option(options, "style", ["long", "short", "narrow"], "long");
    const numeric = option(options, "numeric", ["always", "auto"], "always");
    this.#options = { locale: resolved(locales), style, numeric, numberingSystem: "latn" };
    this.#numbers = new NumberFormat("en-US");
  }
  format(value, unit) { return textOf(this.formatToParts(value, unit)); }
  formatToParts(value, unit) {
    const number = Number(value);
    const name = String(unit).replace(/s$/, "");
    if (!(name in shortUnits)) throw new RangeError(`Invalid unit argument for format() '${unit}'`);
    if (!Number.isFinite(number)) throw new RangeError("Value need to be finite number for Intl.RelativeTimeFormat.prototype.format()");
    const word = this.#options.numeric === "auto" ? this.#word(number, name) : undefined;
    if (word !== undefined) return [{ type: "literal", value: word }];
    const isPast = number < 0 || Object.is(number, -0);
    const shown = this.#numbers.formatToParts(Math.abs(number)).map((part) => ({ ...part, unit: name }));
    const isOne = textOf(shown) === "1";
    const text = this.#unit(name, isOne);
    return isPast ? [...shown, { type: "literal", value: `${text} ago` }] : [{ type: "literal", value: "in " }, ...shown, { type: "literal", value: text }];
  }
  #word(number, name) {
    const found = words[name]?.[Object.is(number, -0) ? 0 : number];
    if (found !== undefined || name in words || Math.abs(number) > 1 || !Number.isInteger(number)) return found;
    const text = this.#options.style === "long" ? name : shortUnits[name];
    return `${number < 0 ? "last" : number > 0 ? "next" : "this"} ${text}`;
  }
  #unit(name, isOne) {
    if (this.#options.style === "narrow") return narrowUnits[name];
    if (this.#options.style === "long") return ` ${name}${isOne ? "" : "s"}`;
    return ` ${name === "day" && !isOne ? "days" : name === "quarter" && !isOne ? "qtrs." : shortUnits[name]}`;
  }
  resolvedOptions() { return { ...this.#options }; }
}

class ListFormat {
  #options;
  constructor(locales, given) {
    if (given !== undefined && (typeof given !== "object" || given === null)) throw new TypeError("the options are an object");
    const options = optionsOf(given);
    const type = option(options, "type", ["conjunction", "disjunction", "unit"], "conjunction");
    this.#options = { locale: resolved(locales), type, style: option(options, "style", ["long", "short", "narrow"], "long") };
  }
  format(list) { return textOf(this.formatToParts(list)); }
  formatToParts(list) {
    const items = list === undefined ? [] : [...list];
    for (const item of items) if (typeof item !== "string") throw new TypeError("Iterable yielded a non-String value");
    const { type, style } = this.#options;
    const word = type === "disjunction" ? "or" : type === "conjunction" ? (style === "long" ? "and" : style === "short" ? "&" : "") : "";
    const comma = type === "unit" && style === "narrow" ? " " : ", ";
    const last = word === "" ? comma : items.length === 2 ? ` ${word} ` : `, ${word} `;
    return items.flatMap((value, at) => [
      ...(at === 0 ? [] : [{ type: "literal", value: at === items.length - 1 ? last : comma }]), { type: "element", value }]);
  }
  resolvedOptions() { return { ...this.#options }; }
}

/** What text is ordered by, most important first: letters without accents and case, accents, case. */
function keyOf(text, ignorePunctuation) {
  const apart = text.normalize("NFD");
  const letters = [];
  for (const character of apart.replace(/\p{M}/gu, "").toLowerCase()) {
    const isPunctuation = !/[\p{L}\p{N}]/u.test(character);
    if (isPunctuation && ignorePunctuation) continue;
    letters.push([isPunctuation ? 0 : /\p{N}/u.test(character) ? 1 : 2, character]);
  }
  return { letters, marks: apart.replace(/\P{M}/gu, ""), apart };
}

function compareLetters(one, other, isNumeric) {
  for (let at = 0, to = 0; at < one.length || to < other.length; at++, to++) {
    if (at >= one.length) return -1;
    if (to >= other.length) return 1;
    if (isNumeric && one[at][0] === 1 && other[to][0] === 1) {
      const number = (list, from) => {
        let text = "";
        while (from < list.length && list[from][0] === 1) text += list[from++][1];
        return [text, from - 1];
      };
      const [[first, end], [second, otherEnd]] = [number(one, at), number(other, to)];
      const short = [first, second].map((text) => text.replace(/^0+(?=.)/, ""));
      if (short[0].length !== short[1].length) return short[0].length - short[1].length;
      if (short[0] !== short[1]) return short[0] < short[1] ? -1 : 1;
      at = end;
      to = otherEnd;
    } else if (one[at][0] !== other[to][0]) {
      return one[at][0] - other[to][0];
    } else if (one[at][1] !== other[to][1]) {
      return one[at][1] < other[to][1] ? -1 : 1;
    }
  }
  return 0;
}

class Collator {
  #options;
  #bound;
  constructor(locales, given) {
    const options = optionsOf(given);
    const usage = option(options, "usage", ["sort", "search"], "sort");
    const numeric = options.numeric === undefined ? false : Boolean(options.numeric);
    const caseFirst = option(options, "caseFirst", ["upper", "lower", "false"], "false");
    const sensitivity = option(options, "sensitivity", ["base", "accent", "case", "variant"], "variant");
    const ignorePunctuation = Boolean(options.ignorePunctuation);
    this.#options = { locale: resolved(locales), usage, sensitivity, ignorePunctuation, collation: "default", numeric, caseFirst };
  }
  get compare() { return (this.#bound ??= (one, other) => this.#compare(String(one), String(other))); }
  #compare(one, other) {
    const { sensitivity, ignorePunctuation, numeric, caseFirst } = this.#options;
    const [first, second] = [keyOf(one, ignorePunctuation), keyOf(other, ignorePunctuation)];
    const order = Math.sign(compareLetters(first.letters, second.letters, numeric));
    if (order !== 0 || sensitivity === "base") return order;
    if (sensitivity !== "case" && first.marks !== second.marks) return first.marks < second.marks ? -1 : 1;
    if (sensitivity === "accent") return 0;
    const plain = ({ apart }) => apart.replace(/\p{M}/gu, "");
    const [text, otherText] = [plain(first), plain(second)];
    const at = [...text].findIndex((character, place) => character !== [...otherText][place]);
    if (at < 0) return 0;
    const isUpper = [...text][at] !== [...text][at].toLowerCase();
    return isUpper === (caseFirst === "upper") ? -1 : 1;
  }
  resolvedOptions() { return { ...this.#options }; }
}

const callable = { isCallable: true };
const services = {
  Collator: service(Collator, callable), DateTimeFormat: service(DateTimeFormat, callable), ListFormat: service(ListFormat),
  Locale, NumberFormat: service(NumberFormat, callable), PluralRules: service(PluralRules), RelativeTimeFormat: service(RelativeTimeFormat),
};

const known = { calendar: ["gregory"], collation: ["default"], currency: ["EUR", "GBP", "JPY", "USD"], numberingSystem: ["latn"],
  unit: ["byte", "day", "gram", "hour", "kilometer", "liter", "meter", "minute", "second"] };

export const Intl = Object.create(Object.prototype, { [Symbol.toStringTag]: { value: "Intl", configurable: true } });
for (const [name, value] of Object.entries({
  ...services,
  getCanonicalLocales(locales) { return canonicalLocales(locales); },
  supportedValuesOf(key) {
    if (String(key) === "timeZone") return zoneNames();
    if (!Object.hasOwn(known, String(key))) throw new RangeError(`Invalid key : ${key}`);
    return [...known[key]];
  },
})) Object.defineProperty(Intl, name, { value, writable: true, configurable: true });

/** By the names of the methods that locale.js gives to the language's own objects. */
export const methods = {
  date: (date, locales, options) => new DateTimeFormat(locales, options, "any", "all").format(date),
  dateOnly: (date, locales, options) => new DateTimeFormat(locales, options, "date", "date").format(date),
  timeOnly: (date, locales, options) => new DateTimeFormat(locales, options, "time", "time").format(date),
  number: (value, locales, options) => new NumberFormat(locales, options).format(value),
  compare: (text, other, locales, options) => new Collator(locales, options).compare(text, other),
};
