// Intl in American English: https://tc39.es/ecma402/; formats as CLDR has them.

const date = new Date(Date.UTC(2024, 0, 5, 15, 4, 9, 87));
const spaced = (text) => text.replace(/\u202f/g, " ");

for (const [options, text] of [
  [undefined, "1/5/2024"], [{ dateStyle: "full" }, "Friday, January 5, 2024"], [{ dateStyle: "long" }, "January 5, 2024"], [{ dateStyle: "medium" }, "Jan 5, 2024"],
  [{ dateStyle: "short" }, "1/5/24"], [{ timeStyle: "short" }, "3:04 PM"], [{ timeStyle: "medium" }, "3:04:09 PM"], [{ timeStyle: "long" }, "3:04:09 PM UTC"],
  [{ timeStyle: "full" }, "3:04:09 PM Coordinated Universal Time"], [{ dateStyle: "full", timeStyle: "short" }, "Friday, January 5, 2024 at 3:04 PM"],
  [{ dateStyle: "medium", timeStyle: "short" }, "Jan 5, 2024, 3:04 PM"], [{ weekday: "long", year: "numeric", month: "long", day: "numeric" }, "Friday, January 5, 2024"],
  [{ weekday: "short", month: "short", day: "numeric" }, "Fri, Jan 5"], [{ month: "2-digit", day: "2-digit", year: "numeric" }, "01/05/2024"], [{ month: "long" }, "January"],
  [{ year: "2-digit" }, "24"], [{ month: "short", year: "numeric" }, "Jan 2024"], [{ hour: "2-digit", minute: "2-digit", hour12: false }, "15:04"],
  [{ hour: "numeric" }, "3 PM"], [{ hour: "numeric", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 }, "3:04:09.087 PM"],
  [{ weekday: "narrow" }, "F"], [{ timeStyle: "short", timeZone: "+05:30" }, "8:34 PM"], [{ timeStyle: "long", timeZone: "-02:00" }, "1:04:09 PM GMT-2"],
  [{ year: "numeric", era: "short" }, "2024 AD"]]) {
  test(() => assert_equals(spaced(new Intl.DateTimeFormat("en-US", options).format(date)), text), `a date with ${JSON.stringify(options)}`);
}
test(() => {
  assert_equals(spaced(date.toLocaleString()), "1/5/2024, 3:04:09 PM");
  assert_equals(date.toLocaleDateString("en-US", { month: "short", day: "numeric" }), "Jan 5");
  assert_equals(spaced(date.toLocaleTimeString()), "3:04:09 PM");
  assert_equals(new Date(NaN).toLocaleString(), "Invalid Date");
  assert_equals(new Intl.DateTimeFormat("en").formatToParts(date).map(({ type, value }) => `${type}=${value}`).join(" "),
    "month=1 literal=/ day=5 literal=/ year=2024");
  const { locale, timeZone, calendar } = new Intl.DateTimeFormat("de-DE").resolvedOptions();
  assert_array_equals([locale, timeZone, calendar], ["en-US", "UTC", "gregory"], "other languages are said to be English");
  assert_throws_js(RangeError, () => new Intl.DateTimeFormat("en").format(NaN));
  assert_throws_js(TypeError, () => new Intl.DateTimeFormat("en", { dateStyle: "short", year: "numeric" }));
}, "dates by their own methods, parts, and what is refused");

// Of the time zone database: zone, UTC, what a clock and a calendar there show.
for (const [timeZone, utc, text, long] of [
  ["Europe/Berlin", "2026-03-29T00:59:59Z", "3/29/2026, 1:59:59 AM GMT+1", "Central European Standard Time"],
  ["Europe/Berlin", "2026-03-29T01:00:00Z", "3/29/2026, 3:00:00 AM GMT+2", "Central European Summer Time"],
  ["Europe/London", "2026-07-01T23:30:00Z", "7/2/2026, 12:30:00 AM GMT+1", "British Summer Time"],
  ["Europe/Dublin", "2026-01-01T00:00:00Z", "1/1/2026, 12:00:00 AM GMT", "Greenwich Mean Time"],
  ["America/New_York", "2026-11-01T05:59:59Z", "11/1/2026, 1:59:59 AM EDT", "Eastern Daylight Time"],
  ["America/New_York", "2026-11-01T06:00:00Z", "11/1/2026, 1:00:00 AM EST", "Eastern Standard Time"],
  ["America/Los_Angeles", "1974-01-06T10:00:00Z", "1/6/1974, 3:00:00 AM PDT", "Pacific Daylight Time"],
  ["America/Havana", "2026-01-01T12:00:00Z", "1/1/2026, 7:00:00 AM GMT-5", "Cuba Standard Time"],
  ["America/St_Johns", "2026-07-01T12:00:00Z", "7/1/2026, 9:30:00 AM GMT-2:30", "Newfoundland Daylight Time"],
  ["Asia/Kolkata", "2026-01-01T00:00:00Z", "1/1/2026, 5:30:00 AM GMT+5:30", "India Standard Time"],
  ["Asia/Calcutta", "2026-01-01T00:00:00Z", "1/1/2026, 5:30:00 AM GMT+5:30", "India Standard Time"],
  ["Asia/Tokyo", "2026-12-31T15:00:00Z", "1/1/2027, 12:00:00 AM GMT+9", "Japan Standard Time"],
  ["Asia/Kathmandu", "1985-12-31T18:30:00Z", "1/1/1986, 12:15:00 AM GMT+5:45", "GMT+05:45"],
  ["Australia/Lord_Howe", "2026-01-01T00:00:00Z", "1/1/2026, 11:00:00 AM GMT+11", "GMT+11:00"],
  ["Pacific/Apia", "2011-12-30T09:59:59Z", "12/29/2011, 11:59:59 PM GMT-10", "GMT-10:00"],
  ["Pacific/Apia", "2011-12-30T10:00:00Z", "12/31/2011, 12:00:00 AM GMT+14", "GMT+14:00"],
  ["Pacific/Honolulu", "2026-07-01T00:00:00Z", "6/30/2026, 2:00:00 PM HST", "Hawaii-Aleutian Standard Time"],
  ["Etc/GMT+5", "2026-07-01T00:00:00Z", "6/30/2026, 7:00:00 PM GMT-5", "GMT-05:00"],
  ["Europe/Paris", "2065-10-25T00:59:59Z", "10/25/2065, 2:59:59 AM GMT+2", "Central European Summer Time"],
  ["Europe/Paris", "2099-07-01T00:00:00Z", "7/1/2099, 2:00:00 AM GMT+2", "Central European Summer Time"],
  ["Europe/Paris", "2099-12-01T00:00:00Z", "12/1/2099, 1:00:00 AM GMT+1", "Central European Standard Time"]]) {
  test(() => {
    const parts = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" };
    assert_equals(spaced(new Date(utc).toLocaleString("en-US", { timeZone, ...parts, timeZoneName: "short" })), text);
    const named = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "long" }).formatToParts(new Date(utc));
    assert_equals(named.find(({ type }) => type === "timeZoneName").value, long);
  }, `${utc} in ${timeZone}`);
}
test(() => {
  for (const [given, name] of [["europe/BERLIN", "Europe/Berlin"], ["us/eastern", "US/Eastern"], ["Etc/UTC", "UTC"], ["gmt", "UTC"], ["+0530", "+05:30"], ["-02", "-02:00"]]) {
    assert_equals(new Intl.DateTimeFormat("en", { timeZone: given }).resolvedOptions().timeZone, name, given);
  }
  for (const timeZone of ["", "Europe", "Europe/Nowhere", "Europe/Berlin ", "+24:00", "+1", "GMT+2", "\u0130stanbul"]) {
    assert_throws_js(RangeError, () => new Intl.DateTimeFormat("en", { timeZone }), timeZone);
  }
  const names = Intl.supportedValuesOf("timeZone");
  assert_true(names.length > 400 && names.includes("Asia/Kolkata") && names.includes("UTC"));
  for (const timeZone of names) new Intl.DateTimeFormat("en", { timeZone }).format(0);
  assert_throws_js(RangeError, () => Intl.supportedValuesOf("toString"));
  const generic = (timeZoneName) => new Intl.DateTimeFormat("en", { timeZone: "America/Chicago", timeZoneName }).formatToParts(0).at(-1).value;
  assert_array_equals(["shortGeneric", "longGeneric", "shortOffset", "longOffset"].map(generic), ["CT", "Central Time", "GMT-6", "GMT-06:00"]);
}, "names of time zones");

for (const [value, options, text] of [
  [1234567.891, undefined, "1,234,567.891"], [0.1 + 0.2, undefined, "0.3"], [-0, undefined, "-0"], [1e21, undefined, "1,000,000,000,000,000,000,000"], [NaN, undefined, "NaN"],
  [1234.5, { style: "currency", currency: "USD" }, "$1,234.50"], [-1234.5, { style: "currency", currency: "EUR" }, "-€1,234.50"], [1234.5, { style: "currency", currency: "JPY" }, "¥1,235"],
  [5, { style: "currency", currency: "GBP", currencyDisplay: "code" }, "GBP\u00a05.00"], [1, { style: "currency", currency: "USD", currencyDisplay: "name" }, "1.00 US dollars"],
  [-5, { style: "currency", currency: "USD", currencySign: "accounting" }, "($5.00)"], [0.256, { style: "percent" }, "26%"], [0.256, { style: "percent", minimumFractionDigits: 1 }, "25.6%"],
  [1.005, { maximumFractionDigits: 2 }, "1.01"], [2.5, { maximumFractionDigits: 0 }, "3"], [2.5, { maximumFractionDigits: 0, roundingMode: "halfEven" }, "2"], [7, { minimumIntegerDigits: 2 }, "07"],
  [123456, { maximumSignificantDigits: 3 }, "123,000"], [12345, { useGrouping: false }, "12345"], [1234, { notation: "compact" }, "1.2K"], [999999, { notation: "compact" }, "1M"],
  [1500000, { notation: "compact", compactDisplay: "long" }, "1.5 million"], [12345, { notation: "scientific" }, "1.235E4"], [5, { signDisplay: "always" }, "+5"],
  [16, { style: "unit", unit: "kilometer-per-hour" }, "16 km/h"], [2, { style: "unit", unit: "day", unitDisplay: "long" }, "2 days"], [123456789012345678901n, undefined, "123,456,789,012,345,678,901"]]) {
  test(() => assert_equals(new Intl.NumberFormat("en-US", options).format(value), text), `${String(value)} with ${JSON.stringify(options)}`);
}
test(() => {
  assert_equals((1234.5).toLocaleString(), "1,234.5");
  assert_equals(12345n.toLocaleString(), "12,345");
  assert_equals([1234, 5678].toLocaleString(), "1,234,5,678");
  assert_equals(["1", "2"].map(new Intl.NumberFormat("en", { minimumFractionDigits: 1 }).format).join(), "1.0,2.0", "format is bound");
  assert_equals(new Intl.NumberFormat("en").formatToParts(-1234.5).map(({ type }) => type).join(), "minusSign,integer,group,integer,decimal,fraction");
  assert_throws_js(TypeError, () => new Intl.NumberFormat("en", { style: "currency" }));
  assert_throws_js(RangeError, () => new Intl.NumberFormat("en", { maximumFractionDigits: 101 }));
  assert_class_string(Intl.NumberFormat(), "Intl.NumberFormat");
}, "numbers by their own methods, parts, and what is refused");

test(() => {
  const ordinal = new Intl.PluralRules("en", { type: "ordinal" });
  assert_equals([1, 2, 3, 4, 11, 12, 13, 21, 22, 103].map((n) => ordinal.select(n)).join(), "one,two,few,other,other,other,other,one,two,few");
  assert_equals([0, 1, 2, 1.5].map((n) => new Intl.PluralRules("en").select(n)).join(), "other,one,other,other");
  const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  assert_array_equals([relative.format(-1, "day"), relative.format(0, "year"), relative.format(1, "week"), relative.format(-3, "months"), relative.format(0, "second")],
    ["yesterday", "this year", "next week", "3 months ago", "now"]);
  assert_equals(new Intl.RelativeTimeFormat("en", { style: "short" }).format(1, "hour"), "in 1 hr.");
  assert_throws_js(RangeError, () => relative.format(1, "decade"));
  assert_equals(new Intl.ListFormat("en").format(["a", "b", "c"]), "a, b, and c");
  assert_equals(new Intl.ListFormat("en", { type: "disjunction" }).format(["a", "b"]), "a or b");
}, "PluralRules, RelativeTimeFormat, ListFormat");
test(() => {
  assert_equals(["b", "a", "C", "A", "á", "10", "9", "_"].sort((one, other) => one.localeCompare(other)).join(" "), "_ 10 9 a A á b C");
  assert_equals(["a10", "a9", "a1"].sort(new Intl.Collator("en", { numeric: true }).compare).join(" "), "a1 a9 a10");
  assert_equals("a".localeCompare("Á", "en", { sensitivity: "base" }), 0);
  assert_equals("a".localeCompare("á", "en", { sensitivity: "accent" }), -1);
  assert_array_equals(Intl.getCanonicalLocales(["EN-us", "zh-hans-cn"]), ["en-US", "zh-Hans-CN"]);
  assert_throws_js(RangeError, () => Intl.getCanonicalLocales("no_locale"));
  assert_array_equals(Intl.NumberFormat.supportedLocalesOf(["de", "en", "en-US"]), ["en", "en-US"]);
  assert_equals(new Intl.Locale("en-latn-us").region, "US");
  assert_equals(typeof Intl.Segmenter, "undefined");
}, "Collator and locales");
