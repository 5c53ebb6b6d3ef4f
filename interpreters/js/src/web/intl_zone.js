// Time zones: UTC, offsets such as +02:00, and those of the time zone database; their names in American English.
import { timeZone, timeZoneAbbreviation, timeZoneName, timeZoneOffset } from "wws:native";

const two = (number) => String(number).padStart(2, "0");

function offsetName(offset, kind) {
  if (offset === 0) return kind === "longOffset" ? "GMT+00:00" : "GMT";
  const hours = Math.trunc(Math.abs(offset) / 60);
  const minutes = Math.abs(offset) % 60;
  const isLong = kind.startsWith("long");
  return `GMT${offset < 0 ? "-" : "+"}${isLong ? two(hours) : hours}${isLong || minutes > 0 ? `:${two(minutes)}` : ""}`;
}

const utc = {
  name: "UTC",
  offsetAt: () => 0,
  nameAt(_, kind) {
    if (kind === "long") return "Coordinated Universal Time";
    return kind === "short" ? "UTC" : offsetName(0, kind);
  },
};

// What the Unicode locale data calls clocks, by region and abbreviation. Short names are known of North America alone.
const american = { E: "Eastern", C: "Central", M: "Mountain", P: "Pacific", AK: "Alaska", A: "Atlantic" };
const european = { CE: "Central European", EE: "Eastern European", WE: "Western European" };
const longNames = [
  [/^(?:America\/Havana|Cuba)$/, { CST: "Cuba Standard Time", CDT: "Cuba Daylight Time" }],
  [/^(?:America\/St_Johns|Canada\/Newfoundland)$/, { NST: "Newfoundland Standard Time", NDT: "Newfoundland Daylight Time" }],
  [/^Europe\/Dublin$/, { GMT: "Greenwich Mean Time", IST: "Irish Standard Time" }],
  [/^(?:Asia\/(?:Kolkata|Calcutta))$/, { IST: "India Standard Time" }],
  [/^(?:Asia\/(?:Jerusalem|Tel_Aviv)|Israel)$/, { IST: "Israel Standard Time", IDT: "Israel Daylight Time" }],
  [/^(?:Asia\/|Hongkong|Japan|PRC|ROK)/, { CST: "China Standard Time", HKT: "Hong Kong Standard Time", JST: "Japan Standard Time",
    KST: "Korean Standard Time", PKT: "Pakistan Standard Time", PST: "Philippine Standard Time", WIB: "Western Indonesia Time" }],
  [/^(?:Australia|Antarctica|Pacific|NZ)/, { AEST: "Australian Eastern Standard Time", AEDT: "Australian Eastern Daylight Time",
    ACST: "Australian Central Standard Time", ACDT: "Australian Central Daylight Time", AWST: "Australian Western Standard Time",
    NZST: "New Zealand Standard Time", NZDT: "New Zealand Daylight Time" }],
  [/^(?:Africa|Indian)\//, { SAST: "South Africa Standard Time", EAT: "East Africa Time", CAT: "Central Africa Time",
    WAT: "West Africa Time" }],
  [/^/, { GMT: "Greenwich Mean Time", BST: "British Summer Time", MSK: "Moscow Standard Time" }],
];

/** [what its clocks are called, the short name, of summer time or not], if there are names. */
function northAmerican(name, abbreviation) {
  if (/Hawaii|^Pacific\/Honolulu$|^HST$/.test(name) || /^H[SD]T$/.test(abbreviation)) {
    return /^H[SD]T$/.test(abbreviation) ? ["Hawaii-Aleutian", "HST", abbreviation] : undefined;
  }
  const match = /^(E|C|M|P|AK|A)[SD]T$/.exec(abbreviation);
  if (match === null || !/^(?:America\/|US\/|Canada\/|Mexico\/|Atlantic\/Bermuda|Jamaica|[ECMP]ST|Navajo)/.test(name) || name === "America/Havana") return undefined;
  return [american[match[1]], `${match[1]}T`, abbreviation];
}

function nameOf(name, abbreviation, offset, kind) {
  if (kind.endsWith("Offset")) return offsetName(offset, kind);
  const isLong = kind.startsWith("long");
  const known = northAmerican(name, abbreviation);
  if (known !== undefined) {
    const [clocks, generic, short] = known;
    if (kind.endsWith("Generic")) return isLong ? `${clocks} Time` : generic;
    return isLong ? `${clocks} ${short.endsWith("DT") ? "Daylight" : "Standard"} Time` : short;
  }
  if (kind === "long") {
    const match = /^(CE|EE|WE)(S?)T$/.exec(abbreviation);
    if (match !== null) return `${european[match[1]]} ${match[2] ? "Summer" : "Standard"} Time`;
    const long = longNames.find(([zones, names]) => zones.test(name) && Object.hasOwn(names, abbreviation))?.[1][abbreviation];
    if (long !== undefined) return long;
  }
  return offsetName(offset, kind);
}

/** Its name, the minutes east of UTC at a time, and what its clocks are called then. */
export function zoneOf(given) {
  if (given === undefined) return utc;
  const asked = String(given);
  if (/^(?:etc\/)?(?:utc|gmt|uct|universal|zulu|greenwich)$/i.test(asked)) return utc;
  const match = /^([+-])([01]\d|2[0-3])(?::?([0-5]\d))?$/.exec(asked);
  if (match !== null) {
    const minutes = (Number(match[2]) * 60 + Number(match[3] ?? 0)) * (match[1] === "-" ? -1 : 1);
    return { name: `${match[1]}${match[2]}:${match[3] ?? "00"}`, offsetAt: () => minutes, nameAt: (_, kind) => offsetName(minutes, kind) };
  }
  const place = timeZone(asked);
  if (place < 0) throw new RangeError(`Invalid time zone specified: ${asked}`);
  const name = timeZoneName(place);
  const offsetAt = (time) => timeZoneOffset(place, time);
  return { name, offsetAt, nameAt: (time, kind) => nameOf(name, timeZoneAbbreviation(place, time), offsetAt(time), kind) };
}

/** Of all zones that are named after a place, and UTC. */
export function zoneNames() {
  const names = [];
  for (let place = 0, name; (name = timeZoneName(place)) !== undefined; ++place) {
    if (/^(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)\//.test(name)) names.push(name);
  }
  return [...names, "UTC"].sort();
}
