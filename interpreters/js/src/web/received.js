// What is rare of answers: encodings that are undone, and data: URLs. Evaluated with the first such answer.
import { Source } from "wws:body";
import { Pump } from "wws:compression";
import { parseMime, writeMime } from "wws:mime";
import { receivedResponse } from "wws:response";

const formats = { "gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate" };

/** zlib's format is what the standard means, and some send what is in it alone. */
function isZlib(bytes) {
  return (bytes[0] & 15) === 8 && (bytes.length < 2 || ((bytes[0] << 8) | bytes[1]) % 31 === 0);
}

/** A body as it was before it was encoded. */
class DecodedSource extends Source {
  #format;
  #pump;
  #pieces = [];
  #isOver = false;

  /** `encoded`: [name, value, ...], the fields of the body as it came. */
  constructor(raw, format, encoded) {
    super(undefined, raw.operation, raw.failure);
    this.raw = raw;
    this.encoded = encoded;
    this.#format = format;
    raw.onStop = (reason) => this.onStop?.(reason);
  }
  #take(bytes) {
    if (this.#pump === undefined) {
      const isRaw = this.#format === "deflate" && !isZlib(bytes);
      this.#pump = new Pump(false, isRaw ? "deflate-raw" : this.#format);
    }
    this.#pump.give(bytes, (piece) => this.#pieces.push(piece));
  }
  #end() {
    this.#isOver = true;
    this.#pump?.end((piece) => this.#pieces.push(piece));
  }
  /** Until there is a piece, or no more. */
  async #fillPieces() {
    while (this.#pieces.length === 0 && !this.#isOver) {
      const chunk = new Uint8Array(16384);
      const count = await this.raw.read(chunk);
      if (count === 0) this.#end();
      else this.#take(chunk.subarray(0, count));
    }
  }
  async read(bytes) {
    await this.#fillPieces();
    const piece = this.#pieces.shift();
    if (piece === undefined) return 0;
    if (piece.length > bytes.length) this.#pieces.unshift(piece.subarray(bytes.length));
    const taken = piece.subarray(0, bytes.length);
    bytes.set(taken);
    return taken.length;
  }
  async readAll() {
    const all = [];
    for (;;) {
      await this.#fillPieces();
      if (this.#pieces.length === 0) return this.#joined(all);
      all.push(...this.#pieces.splice(0));
    }
  }
  readAllNow() {
    const bytes = this.raw.readAllNow();
    if (bytes.length > 0) this.#take(bytes);
    this.#end();
    return this.#joined(this.#pieces.splice(0));
  }
  #joined(pieces) {
    const bytes = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
    let at = 0;
    for (const piece of pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }
  cancel() { this.raw.cancel(); }
}

/** The response of an answer whose content-encoding can be undone, without the fields that are of the encoded body; undefined: it
 * cannot. */
export function decodedResponse(status, fields, source, url, isRedirected) {
  const format = formats[encodingOf(fields)];
  if (format === undefined) return undefined;
  const kept = [];
  const encoded = [];
  for (let at = 0; at < fields.length; at += 2) {
    const isOfBody = fields[at] === "content-encoding" || fields[at] === "content-length";
    (isOfBody ? encoded : kept).push(fields[at], fields[at + 1]);
  }
  return receivedResponse(status, kept, new DecodedSource(source, format, encoded), url, isRedirected);
}

function encodingOf(fields) {
  const values = [];
  for (let at = 0; at < fields.length; at += 2) if (fields[at] === "content-encoding") values.push(fields[at + 1]);
  return values.join().trim().toLowerCase();
}

/** The response of a data: URL. */
export function dataResponse(url) {
  const [, head, encoded] = /^data:([^,]*),([^#]*)/.exec(url) ?? [];
  if (head === undefined) throw new TypeError("fetch of a data: URL failed: it has no comma");
  let text = unescape(encoded);
  let type = head.trim();
  const base64 = /;\x20*base64$/i.exec(type);
  if (base64 !== null) {
    type = type.slice(0, base64.index);
    try {
      text = atob(text);
    } catch {
      throw new TypeError("fetch of a data: URL failed: it is not Base64");
    }
  }
  if (type.startsWith(";")) type = `text/plain${type}`;
  const mime = parseMime(type);
  const written = mime === null ? "text/plain;charset=US-ASCII" : writeMime(mime);
  return receivedResponse(200, ["content-type", written], Uint8Array.from(text, (each) => each.charCodeAt(0)), url, false, "OK");
}

/** Percent-encoded bytes, as characters. */
function unescape(text) {
  return text.replace(/%([0-9a-f]{2})/gi, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)));
}
