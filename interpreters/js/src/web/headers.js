// Headers: a class of the engine's, and here what iterates over it.
import { Headers, freezeHeaders, headerList, provide, takeCamelCase } from "wws:native";
import { define, definePairs } from "wws:idl";

/** What can be iterated, as [name, value, name, value, ...]. */
function headerPairs(init) {
  if (typeof init[Symbol.iterator] !== "function") throw new TypeError("Headers need pairs that can be iterated");
  const list = [];
  for (const pair of init) {
    if (typeof pair !== "object" || pair === null) throw new TypeError("Headers need pairs of a name and a value");
    const both = [...pair];
    if (both.length !== 2) throw new TypeError("Headers need pairs of a name and a value");
    list.push(both[0], both[1]);
  }
  return list;
}
provide({ headerPairs });

/** Sorted; values of the same name joined, but those of set-cookie. */
function sortedPairs(headers) {
  const list = headerList(headers);
  const values = new Map();
  for (let at = 0; at < list.length; at += 2) {
    const known = values.get(list[at]);
    if (known === undefined) values.set(list[at], [list[at + 1]]);
    else known.push(list[at + 1]);
  }
  const pairs = [];
  for (const name of [...values.keys()].sort()) {
    if (name === "set-cookie") for (const value of values.get(name)) pairs.push([name, value]);
    else pairs.push([name, values.get(name).join(", ")]);
  }
  return pairs;
}
define(Headers);
definePairs(Headers, "Headers", sortedPairs);

export { Headers, freezeHeaders, headerList, takeCamelCase };
