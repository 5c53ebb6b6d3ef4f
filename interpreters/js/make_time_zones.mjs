// Writes the time zones as C++ (src/time_zone_tables.h says what they are), from npm's moment-timezone, which has those of
// the time zone database in a form of its own: numbers to the base 60, in minutes.
//
// usage: node make_time_zones.mjs FOLDER-OF-NODE_MODULES >time_zone_tables.cc
import { readFileSync } from "node:fs";

const { zones, links } = JSON.parse(readFileSync(`${process.argv[2]}/moment-timezone/data/packed/latest.json`, "utf8"));
// The rules of today are there as transitions up to this year; what comes later is like 28 years before.
const END = Date.UTC(2066) / 60000;
const PLACE_BITS = 6;

const digit = (character) => Number.parseInt(character, 36) + (/[A-Z]/.test(character) ? 26 : 0);
function number(text) {
  const [, sign, whole, fraction] = /^(-?)([^.]*)\.?(.*)$/.exec(text);
  let value = 0;
  for (const character of whole) value = value * 60 + digit(character);
  // Seconds, of before 1972.
  if (fraction !== "") value += digit(fraction[0]) / 60;
  return sign === "-" ? -value : value;
}

const abbreviations = [];
const transitions = [];
const localTimes = [];
const known = new Map();

/** Where its local times and its transitions are; the first local time is that of 1970. */
function place(packed) {
  const [, names, offsets, places, differences] = packed.split("|");
  const shortNames = names.split(" ");
  const west = offsets.split(" ").map(number);
  const order = [...places].map(digit);
  let time = 0;
  let first = order[0];
  const later = [];
  for (const [index, difference] of (differences === "" ? [] : differences.split(" ")).entries()) {
    time += number(difference);
    if (time <= 0) first = order[index + 1];
    else if (time < END) later.push([Math.round(time), order[index + 1]]);
  }
  const used = [...new Set([first, ...later.map(([, local]) => local)])];
  if (used.length > 1 << PLACE_BITS) throw new Error(`${packed}: too many local times`);
  const ofZone = used.map((local) => {
    if (!abbreviations.includes(shortNames[local])) abbreviations.push(shortNames[local]);
    return `{${Math.round(-west[local])}, ${abbreviations.indexOf(shortNames[local])}}`;
  });
  const packedTransitions = later.map(([at, local]) => at * (1 << PLACE_BITS) + used.indexOf(local));
  const key = JSON.stringify([ofZone, packedTransitions]);
  if (!known.has(key)) {
    known.set(key, `${localTimes.length}, ${transitions.length}, ${packedTransitions.length}`);
    localTimes.push(...ofZone);
    transitions.push(...packedTransitions);
  }
  return known.get(key);
}

const places = new Map(zones.map((packed) => [packed.split("|")[0], place(packed)]));
for (const link of links) {
  const [zone, name] = link.split("|");
  places.set(name, places.get(zone));
}
const names = [...places.keys()].sort((one, other) => (one.toLowerCase() < other.toLowerCase() ? -1 : 1));

function lines(values, count) {
  const all = [];
  for (let at = 0; at < values.length; at += count) all.push(`    ${values.slice(at, at + count).join(", ")},`);
  return all.join("\n");
}
console.log(`#include "time_zone_tables.h"

namespace wws::js {

const std::string_view abbreviations[] = {
${lines(abbreviations.map((name) => `"${name}"`), 12)}
};
const LocalTime local_times[] = {
${lines(localTimes, 10)}
};
const std::uint32_t transitions[] = {
${lines(transitions.map((value) => `${value}U`), 10)}
};
const TimeZone time_zones[] = {
${names.map((name) => `    {"${name}", ${places.get(name)}},`).join("\n")}
};
const std::size_t time_zone_count = ${names.length};

}  // namespace wws::js`);
