// Blob and File. Their bytes are in memory, and never change.
import { decodeUtf8, encodeUtf8 } from "wws:native";
import { define, needArguments, viewOf } from "wws:idl";
import { streams } from "wws:streams";

const internal = Symbol("Blob");
const typed = Symbol("Blob with a type");

function joinParts(parts, withNativeEndings) {
  const pieces = [];
  let size = 0;
  for (const part of parts) {
    const piece = part instanceof Blob ? Blob[internal](part)
      : viewOf(part)?.slice() ?? encodeUtf8(withNativeEndings ? `${part}`.replace(/\r\n?|\n/g, "\n") : `${part}`);
    pieces.push(piece);
    size += piece.length;
  }
  if (pieces.length === 1) return pieces[0];
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function typeOf(type) {
  type = `${type}`;
  return /[^\x20-\x7e]/.test(type) ? "" : type.toLowerCase();
}

export class Blob {
  #bytes = new Uint8Array(0);
  #type = "";

  constructor(parts = undefined, options = {}) {
    if (options !== null && typeof options !== "object" && typeof options !== "function") {
      throw new TypeError("the options of a Blob are an object");
    }
    const endings = `${options?.endings ?? "transparent"}`;
    if (endings !== "transparent" && endings !== "native") throw new TypeError(`endings cannot be "${endings}"`);
    if (parts !== undefined) {
      const iterate = typeof parts === "object" || typeof parts === "function" ? parts?.[Symbol.iterator] : undefined;
      if (typeof iterate !== "function") throw new TypeError("a Blob is made of an array of parts");
      this.#bytes = joinParts({ [Symbol.iterator]: () => iterate.call(parts) }, endings === "native");
    }
    this.#type = typeOf(options?.type ?? "");
  }
  get size() { return this.#bytes.length; }
  get type() { return this.#type; }
  slice(start = 0, end = this.#bytes.length, type = "") {
    const blob = new Blob();
    blob.#bytes = this.#bytes.subarray(...clamped(start, end, this.#bytes.length));
    blob.#type = typeOf(type);
    return blob;
  }
  async text() { return decodeUtf8(this.#bytes, false); }
  async arrayBuffer() { return this.#bytes.slice().buffer; }
  async bytes() { return this.#bytes.slice(); }
  stream() {
    let bytes = this.#bytes;
    return new (streams().ReadableStream)({
      type: "bytes",
      pull(controller) {
        const chunk = bytes.slice(0, 65536);
        bytes = bytes.subarray(chunk.length);
        if (chunk.length > 0) controller.enqueue(chunk);
        if (bytes.length === 0) {
          controller.close();
          controller.byobRequest?.respond(0);
        }
      },
    });
  }
  static [internal](blob) { return blob.#bytes; }
  static [typed](bytes, type) {
    const blob = new Blob();
    blob.#bytes = bytes.slice();
    blob.#type = type;
    return blob;
  }
}
define(Blob);
/** One whose type keeps its case, as those of bodies do. */
export const typedBlob = (bytes, type) => Blob[typed](bytes, type);

function clamped(start, end, size) {
  const place = (value) => {
    const whole = Math.trunc(Number(value)) || 0;
    return whole < 0 ? Math.max(size + whole, 0) : Math.min(whole, size);
  };
  const first = place(start);
  return [first, Math.max(place(end), first)];
}

export class File extends Blob {
  #name;
  #lastModified;
  constructor(parts, name, options = {}) {
    needArguments(arguments.length, 2, "new File");
    super(parts, options);
    this.#name = `${name}`.toWellFormed();
    this.#lastModified = Math.trunc(Number(options?.lastModified ?? Date.now()));
  }
  get name() { return this.#name; }
  get lastModified() { return this.#lastModified; }
  get webkitRelativePath() { return ""; }
}
define(File);

/** The bytes of a Blob; not to be changed. */
export const blobBytes = Blob[internal];
