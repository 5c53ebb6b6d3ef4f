import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

export default () => Response.json([
  bytesToHex(sha256(utf8ToBytes("abc"))), bytesToHex(hmac(sha256, utf8ToBytes("Jefe"), utf8ToBytes("what do ya want for nothing?"))),
]);
