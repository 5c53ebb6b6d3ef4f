// Intl.NumberFormat, in American English. Numbers are rounded as decimals, by the digits that they are written with.
import { integerOption, option, optionsOf, resolved, service } from "wws:intl_locale";

const symbols = { USD: "$", EUR: "€", GBP: "£", JPY: "¥", INR: "₹", CNY: "CN¥", KRW: "₩", BRL: "R$", CAD: "CA$", AUD: "A$",
  MXN: "MX$", NZD: "NZ$", HKD: "HK$", TWD: "NT$", ILS: "₪", VND: "₫", PHP: "₱", XAF: "FCFA", XOF: "F\u202fCFA", XPF: "CFPF", XCD: "EC$" };
const narrow = { CNY: "¥", CAD: "$", AUD: "$", MXN: "$", NZD: "$", HKD: "$", TWD: "$", XCD: "$", RUB: "₽", TRY: "₺", UAH: "₴",
  PLN: "zł", SEK: "kr", NOK: "kr", DKK: "kr", CZK: "Kč", HUF: "Ft", NGN: "₦", KZT: "₸", GEL: "₾", CRC: "₡", ARS: "$", CLP: "$", COP: "$", SGD: "$" };
const names = { USD: "US dollars", EUR: "euros", GBP: "British pounds", JPY: "Japanese yen", INR: "Indian rupees",
  CNY: "Chinese yuan", KRW: "South Korean won", BRL: "Brazilian reals", CAD: "Canadian dollars", AUD: "Australian dollars",
  CHF: "Swiss francs", SEK: "Swedish kronor", NOK: "Norwegian kroner", DKK: "Danish kroner", PLN: "Polish zlotys", MXN: "Mexican pesos",
  NZD: "New Zealand dollars", RUB: "Russian rubles", TRY: "Turkish Lira", ZAR: "South African rand" };
const oneName = { USD: "US dollar", EUR: "euro", GBP: "British pound", INR: "Indian rupee", BRL: "Brazilian real",
  CAD: "Canadian dollar", AUD: "Australian dollar", CHF: "Swiss franc", SEK: "Swedish krona", NOK: "Norwegian krone",
  DKK: "Danish krone", PLN: "Polish zloty", MXN: "Mexican peso", NZD: "New Zealand dollar", RUB: "Russian ruble" };
const digitsOf = { JPY: 0, KRW: 0, VND: 0, CLP: 0, ISK: 0, XAF: 0, XOF: 0, XPF: 0, PYG: 0, UGX: 0, RWF: 0, KMF: 0, GNF: 0, DJF: 0,
  BIF: 0, VUV: 0, BHD: 3, IQD: 3, JOD: 3, KWD: 3, LYD: 3, OMR: 3, TND: 3 };

/** unit: [short, narrow, plural of the long name if it is not just an s] */
const units = { acre: ["ac", "ac"], bit: ["bit", "bit"], byte: ["byte", "B"], celsius: ["°C", "°C", "degrees Celsius", "degree Celsius"],
  centimeter: ["cm", "cm"], day: ["day", "d"], degree: ["deg", "°"], fahrenheit: ["°F", "°", "degrees Fahrenheit", "degree Fahrenheit"],
  "fluid-ounce": ["fl oz", "fl oz", "fluid ounces", "fluid ounce"], foot: ["ft", "′", "feet"], gallon: ["gal", "gal"], gigabit: ["Gb", "Gb"],
  gigabyte: ["GB", "GB"], gram: ["g", "g"], hectare: ["ha", "ha"], hour: ["hr", "h"], inch: ["in", "″", "inches"], kilobit: ["kb", "kb"],
  kilobyte: ["kB", "kB"], kilogram: ["kg", "kg"], kilometer: ["km", "km"], liter: ["L", "L"], megabit: ["Mb", "Mb"],
  megabyte: ["MB", "MB"], meter: ["m", "m"], mile: ["mi", "mi"], "mile-scandinavian": ["smi", "smi", "miles-scandinavian", "mile-scandinavian"],
  milliliter: ["mL", "mL"], millimeter: ["mm", "mm"], millisecond: ["ms", "ms"], minute: ["min", "m"], month: ["mth", "m"],
  ounce: ["oz", "oz"], percent: ["%", "%", "percent", "percent"], petabyte: ["PB", "PB"], pound: ["lb", "#"], second: ["sec", "s"],
  stone: ["st", "st", "stones"], terabit: ["Tb", "Tb"], terabyte: ["TB", "TB"], week: ["wk", "w"], yard: ["yd", "yd"], year: ["yr", "y"],
  microsecond: ["μs", "μs"], nanosecond: ["ns", "ns"] };
const pluralShort = { day: "days", month: "mths", week: "wks", year: "yrs" };
const tight = new Set(["celsius", "fahrenheit", "percent"]);

const scales = [[12, "T", "trillion"], [9, "B", "billion"], [6, "M", "million"], [3, "K", "thousand"]];

/** { negative, digits, point }: 0.digits times ten to the power of point; no zeros at either end. NaN and Infinity: kind. */
function decimalOf(value) {
  if (typeof value === "bigint") return parsed(String(value));
  if (typeof value === "object" && value !== null) value = value[Symbol.toPrimitive]?.("number") ?? value.valueOf();
  if (typeof value === "bigint") return parsed(String(value));
  if (typeof value === "string" && /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d{1,5})?\s*$/i.test(value)) return parsed(value.trim());
  const number = Number(value);
  if (Number.isNaN(number)) return { kind: "nan", negative: false };
  if (!Number.isFinite(number)) return { kind: "infinity", negative: number < 0 };
  return { ...parsed(String(number)), negative: number < 0 || Object.is(number, -0) };
}

function parsed(text) {
  const [, sign, whole, fraction = "", exponent = "0"] = /^([-+]?)(\d*)\.?(\d*)(?:e([-+]?\d+))?$/i.exec(text);
  const all = whole + fraction;
  const leading = /^0*/.exec(all)[0].length;
  const digits = all.slice(leading).replace(/0+$/, "");
  return { negative: sign === "-", digits, point: digits === "" ? 0 : whole.length - leading + Number(exponent) };
}

const modes = ["ceil", "floor", "expand", "trunc", "halfCeil", "halfFloor", "halfExpand", "halfTrunc", "halfEven"];

/** Rounds to so many digits behind the point; may be below 0. */
function rounded(decimal, fraction, mode) {
  const kept = decimal.point + fraction;
  if (kept >= decimal.digits.length) return decimal;
  const rest = kept < 0 ? `0${decimal.digits}` : decimal.digits.slice(kept);
  const head = kept <= 0 ? "" : decimal.digits.slice(0, kept);
  const half = kept < 0 ? -1 : rest[0] === "5" && /^50*$/.test(rest) ? 0 : rest[0] >= "5" ? 1 : -1;
  const up = { ceil: !decimal.negative, floor: decimal.negative, expand: true, trunc: false }[mode] ?? (half !== 0 ? half > 0
    : { halfCeil: !decimal.negative, halfFloor: decimal.negative, halfExpand: true, halfTrunc: false,
      halfEven: Number(head.at(-1) ?? 0) % 2 === 1 }[mode]);
  if (!up) {
    const digits = head.replace(/0+$/, "");
    return { ...decimal, digits, point: digits === "" ? 0 : decimal.point };
  }
  const raised = String(BigInt(head === "" ? 0 : head) + 1n);
  const point = head === "" ? 1 - fraction : decimal.point + raised.length - head.length;
  return { ...decimal, digits: raised.replace(/0+$/, ""), point };
}

const wholeOf = ({ digits, point }) => (point <= 0 ? "0" : digits.slice(0, point).padEnd(point, "0"));
const fractionOf = ({ digits, point }) => (point >= digits.length ? "" : "0".repeat(Math.max(-point, 0)) + digits.slice(Math.max(point, 0)));
const isZero = (decimal) => decimal.digits === "";

export class NumberFormat {
  #options;
  #bound;

  constructor(locales, options) {
    this.#options = read(resolved(locales), optionsOf(options));
  }
  get format() { return (this.#bound ??= (value) => textOf(this.formatToParts(value))); }
  formatToParts(value) { return parts(decimalOf(value), this.#options); }
  formatRange(from, to) { return textOf(this.formatRangeToParts(from, to)); }
  formatRangeToParts(from, to) {
    if (from === undefined || to === undefined) throw new TypeError("a range has a begin and an end");
    const [first, second] = [this.formatToParts(from), this.formatToParts(to)];
    const tagged = (list, source) => list.map((part) => ({ ...part, source }));
    if (textOf(first) === textOf(second)) return [{ type: "approximatelySign", value: "~", source: "shared" }, ...tagged(first, "shared")];
    const between = this.#options.style === "decimal" || this.#options.style === "percent" ? "–" : " – ";
    return [...tagged(first, "startRange"), { type: "literal", value: between, source: "shared" }, ...tagged(second, "endRange")];
  }
  resolvedOptions() {
    const shown = { ...this.#options };
    for (const key of Object.keys(shown)) if (shown[key] === undefined) delete shown[key];
    return shown;
  }
}

export const textOf = (list) => list.map((part) => part.value).join("");

function read(locale, options) {
  const style = option(options, "style", ["decimal", "percent", "currency", "unit"], "decimal");
  const currency = option(options, "currency", undefined, undefined)?.toUpperCase();
  if (currency !== undefined && !/^[A-Z]{3}$/.test(currency)) throw new RangeError(`Invalid currency code : ${currency}`);
  if (style === "currency" && currency === undefined) throw new TypeError("Currency code is required with currency style.");
  const unit = option(options, "unit", undefined, undefined);
  if (unit !== undefined && !unit.split("-per-").every((each) => each in units)) throw new RangeError(`Invalid unit argument for Intl.NumberFormat() '${unit}'`);
  if (style === "unit" && unit === undefined) throw new TypeError("A unit is required with unit style.");
  const notation = option(options, "notation", ["standard", "scientific", "engineering", "compact"], "standard");
  const read = { locale, numberingSystem: "latn", style };
  if (style === "currency") {
    read.currency = currency;
    read.currencyDisplay = option(options, "currencyDisplay", ["code", "symbol", "narrowSymbol", "name"], "symbol");
    read.currencySign = option(options, "currencySign", ["standard", "accounting"], "standard");
  }
  if (style === "unit") {
    read.unit = unit;
    read.unitDisplay = option(options, "unitDisplay", ["short", "narrow", "long"], "short");
  }
  const usual = style === "currency" && notation === "standard" ? digitsOf[currency] ?? 2 : 0;
  Object.assign(read, readDigits(options, usual, style === "currency" && notation === "standard" ? usual : style === "percent" ? 0 : 3, notation));
  const grouping = options.useGrouping;
  const usualGrouping = notation === "compact" ? "min2" : "auto";
  read.useGrouping = grouping === undefined || grouping === "true" || grouping === "false" ? usualGrouping
    : grouping === true ? "always" : !grouping ? false : option(options, "useGrouping", ["min2", "auto", "always"], usualGrouping);
  read.notation = notation;
  if (notation === "compact") read.compactDisplay = option(options, "compactDisplay", ["short", "long"], "short");
  read.signDisplay = option(options, "signDisplay", ["auto", "never", "always", "exceptZero", "negative"], "auto");
  read.roundingIncrement = 1;
  read.roundingMode = option(options, "roundingMode", modes, "halfExpand");
  read.roundingPriority = option(options, "roundingPriority", ["auto", "morePrecision", "lessPrecision"], "auto");
  read.trailingZeroDisplay = option(options, "trailingZeroDisplay", ["auto", "stripIfInteger"], "auto");
  return read;
}

/** Of NumberFormat and PluralRules. */
export function readDigits(options, lowestFraction, highestFraction, notation = "standard") {
  const digits = { minimumIntegerDigits: integerOption(options, "minimumIntegerDigits", 1, 21, 1) };
  const isSignificant = options.minimumSignificantDigits !== undefined || options.maximumSignificantDigits !== undefined;
  const hasFraction = options.minimumFractionDigits !== undefined || options.maximumFractionDigits !== undefined;
  if (isSignificant) {
    digits.minimumSignificantDigits = integerOption(options, "minimumSignificantDigits", 1, 21, 1);
    digits.maximumSignificantDigits = integerOption(options, "maximumSignificantDigits", digits.minimumSignificantDigits, 21, 21);
    return digits;
  }
  if (notation === "compact" && !hasFraction) {
    return { ...digits, minimumFractionDigits: 0, maximumFractionDigits: 0, minimumSignificantDigits: 1, maximumSignificantDigits: 2 };
  }
  const lowest = integerOption(options, "minimumFractionDigits", 0, 100, undefined);
  const highest = integerOption(options, "maximumFractionDigits", 0, 100, undefined);
  if (lowest !== undefined && highest !== undefined && lowest > highest) throw new RangeError("maximumFractionDigits value is out of range.");
  digits.minimumFractionDigits = lowest ?? Math.min(lowestFraction, highest ?? lowestFraction);
  digits.maximumFractionDigits = highest ?? Math.max(highestFraction, digits.minimumFractionDigits);
  return digits;
}

/** [decimal as it is shown, digits behind the point at least] */
function shaped(decimal, options) {
  const { minimumSignificantDigits: lowest, maximumSignificantDigits: highest, roundingMode: mode = "halfExpand" } = options;
  if (highest === undefined) return [rounded(decimal, options.maximumFractionDigits, mode), options.minimumFractionDigits];
  if (options.notation === "compact" && options.maximumFractionDigits === 0) {
    // Two digits, and no fraction behind more.
    const shown = rounded(decimal, Math.max(highest - Math.max(decimal.point, decimal.digits === "" ? 1 : decimal.point), 0), mode);
    return [shown, 0];
  }
  const shown = rounded(decimal, highest - decimal.point, mode);
  return [shown, Math.max(lowest - (isZero(shown) ? 1 : shown.point), 0)];
}

/** Text of the number alone, for plural rules too. */
export function digitsText(value, options) {
  const [shown, least] = shaped(decimalOf(value), options);
  if (shown.kind !== undefined) return shown.kind;
  return `${wholeOf(shown).padStart(options.minimumIntegerDigits, "0")}.${fractionOf(shown).padEnd(least, "0")}`.replace(/\.$/, "");
}

function parts(decimal, options) {
  if (options.style === "percent" && decimal.digits) decimal = { ...decimal, point: decimal.point + 2 };
  let scale;
  if (decimal.kind === undefined && !isZero(decimal)) scale = scaleOf(decimal, options);
  if (scale !== undefined) decimal = { ...decimal, point: decimal.point - scale.power };
  const [shown, least] = decimal.kind === undefined ? shaped(decimal, options) : [decimal, 0];
  const number = decimal.kind === "nan" ? [{ type: "nan", value: "NaN" }]
    : decimal.kind === "infinity" ? [{ type: "infinity", value: "∞" }] : numberParts(shown, least, options);
  if (scale?.suffix !== undefined) {
    if (options.compactDisplay === "long") number.push({ type: "literal", value: " " });
    number.push({ type: "compact", value: scale.suffix });
  } else if (options.notation === "scientific" || options.notation === "engineering") {
    const power = scale?.power ?? 0;
    number.push({ type: "exponentSeparator", value: "E" }, ...(power < 0 ? [{ type: "exponentMinusSign", value: "-" }] : []),
      { type: "exponentInteger", value: String(Math.abs(power)) });
  }
  return signed(decorated(number, shown, options), shown, options);
}

function scaleOf(decimal, options) {
  const power = decimal.point - 1;
  if (options.notation === "scientific") return { power };
  if (options.notation === "engineering") return { power: Math.floor(power / 3) * 3 };
  if (options.notation !== "compact") return undefined;
  // 999,999 is a million.
  for (const [size, short, long] of scales) {
    if (power < size && power < size - 1) continue;
    const [shown] = shaped({ ...decimal, point: decimal.point - size }, options);
    if (shown.point - 1 < 0 || isZero(shown)) {
      if (power < size) continue;
    }
    if (power >= size || shown.point >= 1) return { power: size, suffix: options.compactDisplay === "long" ? long : short };
  }
  return undefined;
}

function numberParts(shown, least, options) {
  const whole = wholeOf(shown).padStart(options.minimumIntegerDigits, "0");
  let fraction = fractionOf(shown).padEnd(least, "0");
  if (options.trailingZeroDisplay === "stripIfInteger" && /^0*$/.test(fraction)) fraction = "";
  const list = [];
  const isGrouped = options.useGrouping !== false && whole.length > (options.useGrouping === "min2" ? 4 : 3);
  const groups = isGrouped ? whole.replace(/\B(?=(?:\d{3})+$)/g, ",").split(",") : [whole];
  groups.forEach((group, at) => {
    if (at > 0) list.push({ type: "group", value: "," });
    list.push({ type: "integer", value: group });
  });
  if (fraction !== "") list.push({ type: "decimal", value: "." }, { type: "fraction", value: fraction });
  return list;
}

function decorated(number, shown, options) {
  const isOne = textOf(number) === "1";
  if (options.style === "percent") return [...number, { type: "percentSign", value: "%" }];
  if (options.style === "unit") return withUnit(number, isOne, options);
  if (options.style !== "currency") return number;
  const { currency, currencyDisplay } = options;
  if (currencyDisplay === "name") {
    return [...number, { type: "literal", value: " " }, { type: "currency", value: (isOne ? oneName[currency] : undefined) ?? names[currency] ?? currency }];
  }
  const symbol = currencyDisplay === "code" ? currency
    : (currencyDisplay === "narrowSymbol" ? narrow[currency] : undefined) ?? symbols[currency] ?? currency;
  const space = /[A-Za-z]$/.test(symbol) ? [{ type: "literal", value: "\u00a0" }] : [];
  return [{ type: "currency", value: symbol }, ...space, ...number];
}

function withUnit(number, isOne, { unit, unitDisplay }) {
  const [first, per] = unit.split("-per-");
  const long = (name, one) => (one ? units[name][3] ?? name : units[name][2] ?? `${name}s`);
  let text;
  if (unitDisplay === "long") text = long(first, isOne) + (per === undefined ? "" : ` per ${long(per, true)}`);
  else {
    const short = unitDisplay === "narrow" ? units[first][1] : isOne ? units[first][0] : pluralShort[first] ?? units[first][0];
    const perText = { hour: "h", second: "s", minute: "min" }[per] ?? (per === undefined ? "" : units[per][1]);
    text = unit === "mile-per-hour" ? "mph" : unit === "mile-per-gallon" ? "mpg" : per === undefined ? short : `${units[first][first === "byte" ? 0 : 1]}/${perText}`;
  }
  const isTight = unitDisplay === "narrow" ? unit !== "mile-per-gallon" || true : tight.has(unit) && unitDisplay === "short";
  return [...number, ...(isTight ? [] : [{ type: "literal", value: " " }]), { type: unit === "percent" && unitDisplay !== "long" ? "percentSign" : "unit", value: text }];
}

function signed(list, shown, options) {
  const isNothing = shown.kind === "nan" || (shown.kind === undefined && isZero(shown));
  const { negative } = shown;
  const sign = { auto: negative ? "-" : "", never: "", always: negative ? "-" : "+", exceptZero: isNothing ? "" : negative ? "-" : "+",
    negative: negative && !isNothing ? "-" : "" }[options.signDisplay];
  if (sign === "") return list;
  if (sign === "-" && options.currencySign === "accounting" && options.currencyDisplay !== "name") {
    return [{ type: "literal", value: "(" }, ...list, { type: "literal", value: ")" }];
  }
  return [sign === "-" ? { type: "minusSign", value: "-" } : { type: "plusSign", value: "+" }, ...list];
}
