// usage: node node.mjs PEER make|check; what is checked comes on standard input.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [peer, action] = process.argv.slice(2);
const { make, check } = await import(pathToFileURL(peer));
console.log(JSON.stringify(action === "make" ? await make() : await check(JSON.parse(readFileSync(0, "utf8")))));
