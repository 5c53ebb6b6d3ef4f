// Intl.DateTimeFormat, in American English.
import { integerOption, option, optionsOf, resolved, service } from "wws:intl_locale";
import { textOf } from "wws:intl_number";
import { zoneOf } from "wws:intl_zone";

const months = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const text3 = ["narrow", "short", "long"];
const digits2 = ["2-digit", "numeric"];
const fields = { weekday: text3, era: text3, year: digits2, month: [...digits2, ...text3], day: digits2, dayPeriod: text3, hour: digits2,
  minute: digits2, second: digits2, timeZoneName: ["short", "long", "shortOffset", "longOffset", "shortGeneric", "longGeneric"] };
const styles = ["full", "long", "medium", "short"];
const dateStyles = { full: { weekday: "long", month: "long", day: "numeric", year: "numeric" }, long: { month: "long", day: "numeric", year: "numeric" },
  medium: { month: "short", day: "numeric", year: "numeric" }, short: { month: "numeric", day: "numeric", year: "2-digit" } };
const timeStyles = { full: { hour: "numeric", minute: "2-digit", second: "2-digit", timeZoneName: "long" },
  long: { hour: "numeric", minute: "2-digit", second: "2-digit", timeZoneName: "short" }, medium: { hour: "numeric", minute: "2-digit", second: "2-digit" },
  short: { hour: "numeric", minute: "2-digit" } };

export class DateTimeFormat {
  #locale;
  #zone;
  #shown = {};
  #style = {};
  #hourCycle;
  #bound;

  /** `defaults`: what is shown if no part is asked for; `required`: parts of which one has to be. */
  constructor(locales, given, required = "any", defaults = "date") {
    this.#locale = resolved(locales);
    const options = optionsOf(given);
    option(options, "calendar", undefined, undefined);
    const hour12 = options.hour12 === undefined ? undefined : Boolean(options.hour12);
    const cycle = option(options, "hourCycle", ["h11", "h12", "h23", "h24"], undefined);
    this.#zone = zoneOf(options.timeZone);
    for (const [name, values] of Object.entries(fields)) {
      const value = option(options, name, values, undefined);
      if (value !== undefined) this.#shown[name] = value;
    }
    const fraction = integerOption(options, "fractionalSecondDigits", 1, 3, undefined);
    if (fraction !== undefined) this.#shown.fractionalSecondDigits = fraction;
    option(options, "formatMatcher", ["basic", "best fit"], "best fit");
    this.#readStyle(options, required, defaults);
    if (this.#shown.hour !== undefined) {
      this.#hourCycle = hour12 === undefined ? cycle ?? "h12" : hour12 ? "h12" : "h23";
    }
  }
  #readStyle(options, required, defaults) {
    const dateStyle = option(options, "dateStyle", styles, undefined);
    const timeStyle = option(options, "timeStyle", styles, undefined);
    const shown = this.#shown;
    if (dateStyle !== undefined || timeStyle !== undefined) {
      if (Object.keys(shown).length > 0) throw new TypeError(`Can't set option ${Object.keys(shown)[0]} when ${dateStyle ? "dateStyle" : "timeStyle"} is used`);
      if (required === "date" && timeStyle !== undefined) throw new TypeError("Invalid option : timeStyle");
      if (required === "time" && dateStyle !== undefined) throw new TypeError("Invalid option : dateStyle");
      this.#style = { dateStyle, timeStyle };
      Object.assign(shown, dateStyles[dateStyle], timeStyles[timeStyle]);
      return;
    }
    const hasDate = ["weekday", "year", "month", "day"].some((name) => name in shown);
    const hasTime = ["dayPeriod", "hour", "minute", "second", "fractionalSecondDigits"].some((name) => name in shown);
    if ((required !== "time" && hasDate) || (required !== "date" && hasTime)) return;
    if (defaults !== "time") Object.assign(shown, { year: "numeric", month: "numeric", day: "numeric" });
    if (defaults !== "date") Object.assign(shown, { hour: "numeric", minute: "numeric", second: "numeric" });
  }
  get format() { return (this.#bound ??= (date) => textOf(this.formatToParts(date))); }
  formatToParts(date) {
    const time = date === undefined ? Date.now() : Number(date);
    if (!(Math.abs(time) <= 8.64e15)) throw new RangeError("Invalid time value");
    const at = new Date(Math.trunc(time) + this.#zone.offsetAt(time) * 60000);
    const shown = this.#shown;
    const day = dateParts(at, shown);
    const clock = timeParts(at, shown, this.#hourCycle, (kind) => this.#zone.nameAt(time, kind));
    if (day.length === 0 || clock.length === 0) return [...day, ...clock];
    const between = shown.month === "long" ? " at " : day.length === 1 && shown.weekday ? " " : ", ";
    return [...day, { type: "literal", value: between }, ...clock];
  }
  formatRange(from, to) { return textOf(this.formatRangeToParts(from, to)); }
  formatRangeToParts(from, to) {
    if (from === undefined || to === undefined) throw new TypeError("a range has a begin and an end");
    const [first, second] = [this.formatToParts(from), this.formatToParts(to)];
    const tagged = (list, source) => list.map((part) => ({ ...part, source }));
    if (textOf(first) === textOf(second)) return tagged(first, "shared");
    return [...tagged(first, "startRange"), { type: "literal", value: " – ", source: "shared" }, ...tagged(second, "endRange")];
  }
  resolvedOptions() {
    const options = { locale: this.#locale, calendar: "gregory", numberingSystem: "latn", timeZone: this.#zone.name };
    if (this.#hourCycle !== undefined) Object.assign(options, { hourCycle: this.#hourCycle, hour12: this.#hourCycle === "h12" || this.#hourCycle === "h11" });
    if (this.#style.dateStyle ?? this.#style.timeStyle) {
      for (const [name, value] of Object.entries(this.#style)) if (value !== undefined) options[name] = value;
      return options;
    }
    const { minute, second, hour } = this.#shown;
    for (const name of [...Object.keys(fields).slice(0, -1), "fractionalSecondDigits", "timeZoneName"]) {
      if (this.#shown[name] !== undefined) options[name] = this.#shown[name];
    }
    if (hour !== undefined && minute !== undefined) options.minute = "2-digit";
    if (this.#hourCycle === "h23" || this.#hourCycle === "h24") options.hour = "2-digit";
    if (minute !== undefined && second !== undefined) Object.assign(options, { minute: "2-digit", second: "2-digit" });
    return options;
  }
}

const two = (number) => String(number).padStart(2, "0");
const asked = (kind, number) => (kind === "2-digit" ? two(number % 100) : String(number));
const literal = (value) => ({ type: "literal", value });

function dateParts(at, { weekday, era, year, month, day }) {
  const name = (list, index, kind) => (kind === "narrow" ? list[index][0] : kind === "short" ? list[index].slice(0, 3) : list[index]);
  const isText = text3.includes(month);
  // With an era, years before the first are counted backwards.
  const number = at.getUTCFullYear();
  const isBefore = number <= 0;
  const parts = {
    weekday: weekday && { type: "weekday", value: name(weekdays, at.getUTCDay(), weekday) },
    month: month && { type: "month", value: isText ? name(months, at.getUTCMonth(), month) : asked(month, at.getUTCMonth() + 1) },
    day: day && { type: "day", value: asked(day, at.getUTCDate()) },
    year: year && { type: "year", value: asked(year, era !== undefined && isBefore ? 1 - number : number) },
  };
  const list = [];
  const join = (separator, part) => {
    if (!part) return;
    if (list.length > 0) list.push(literal(separator));
    list.push(part);
  };
  if (isText) {
    join("", parts.month);
    join(" ", parts.day);
    join(day ? ", " : " ", parts.year);
  } else {
    for (const part of [parts.month, parts.day, parts.year]) join("/", part);
  }
  if (weekday && list.length === 1 && day && !month) list.push(literal(" "), parts.weekday);
  else if (weekday) list.unshift(parts.weekday, ...(list.length > 0 ? [literal(month || day || !year ? ", " : " ")] : []));
  if (era) join(" ", { type: "era", value: { long: ["Anno Domini", "Before Christ"], short: ["AD", "BC"], narrow: ["A", "B"] }[era][Number(isBefore)] });
  return list;
}

function dayPeriodOf(hour, minute, kind) {
  if (hour === 12 && minute === 0) return kind === "narrow" ? "n" : "noon";
  if (hour < 6 || hour >= 21) return "at night";
  return hour < 12 ? "in the morning" : hour < 18 ? "in the afternoon" : "in the evening";
}

function timeParts(at, { hour, minute, second, fractionalSecondDigits, dayPeriod, timeZoneName }, cycle, zoneName) {
  const list = [];
  const join = (separator, type, value) => {
    if (list.length > 0) list.push(literal(separator));
    list.push({ type, value });
  };
  const hours = at.getUTCHours();
  if (hour !== undefined) {
    const shown = { h23: hours, h24: hours === 0 ? 24 : hours, h11: hours % 12, h12: hours % 12 === 0 ? 12 : hours % 12 }[cycle];
    // Of 24 hours there are always two digits.
    list.push({ type: "hour", value: hour === "2-digit" || cycle === "h23" || cycle === "h24" ? two(shown) : String(shown) });
  }
  if (minute !== undefined) join(":", "minute", hour !== undefined || second !== undefined ? two(at.getUTCMinutes()) : String(at.getUTCMinutes()));
  if (second !== undefined) join(":", "second", minute !== undefined ? two(at.getUTCSeconds()) : asked(second, at.getUTCSeconds()));
  if (fractionalSecondDigits !== undefined) {
    const fraction = String(at.getUTCMilliseconds()).padStart(3, "0").slice(0, fractionalSecondDigits);
    if (list.length > 0) list.push(literal("."));
    list.push({ type: "fractionalSecond", value: fraction });
  }
  if (hour !== undefined && (cycle === "h12" || cycle === "h11")) {
    if (dayPeriod === undefined) join(" ", "dayPeriod", hours < 12 ? "AM" : "PM");
    else join(" ", "dayPeriod", dayPeriodOf(hours, minute === undefined ? 0 : at.getUTCMinutes(), dayPeriod));
  } else if (dayPeriod !== undefined && hour === undefined) {
    join(" ", "dayPeriod", dayPeriodOf(hours, at.getUTCMinutes(), dayPeriod));
  }
  if (timeZoneName !== undefined) join(list.length > 0 ? " " : "", "timeZoneName", zoneName(timeZoneName));
  return list;
}
