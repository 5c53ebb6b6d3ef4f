// CompressionStream and DecompressionStream. Evaluated when a script first names them.
import { pump, zlib } from "wws:native";
import { define, needArguments, viewOf } from "wws:idl";

const windows = { "deflate": 15, "deflate-raw": -15, "gzip": 31 };
const wrong = {
  [-1]: "this is not compressed in that format", [-2]: "there are bytes behind the end of what was compressed",
  [-3]: "what was compressed is cut short",
};
const nothing = new Uint8Array();

/** Bytes through zlib: what is given is passed on to `take`, piece by piece. */
export class Pump {
  #stream;
  #format;
  constructor(compresses, format) {
    this.#stream = zlib(compresses, windows[format]);
    this.#format = format;
  }
  give(bytes, take, isLast = false) {
    for (let input = bytes; ; input = undefined) {
      const output = pump(this.#stream, input, isLast);
      if (typeof output === "number") throw new TypeError(`${this.#format}: ${wrong[output]}`);
      if (output.length === 0) return;
      take(output);
    }
  }
  end(take) { this.give(nothing, take, true); }
}

function readFormat(given, format, name) {
  needArguments(given, 1, name);
  const text = `${format}`;
  if (!Object.hasOwn(windows, text)) throw new TypeError(`${name} knows gzip, deflate and deflate-raw, and no "${text}"`);
  return text;
}

function transform(compresses, format) {
  const through = new Pump(compresses, format);
  return new TransformStream({
    transform(chunk, controller) {
      const bytes = viewOf(chunk);
      if (bytes === undefined) throw new TypeError("what is compressed comes as an ArrayBuffer, or as views on one");
      through.give(bytes.slice(), (output) => controller.enqueue(output));
    },
    flush(controller) { through.end((output) => controller.enqueue(output)); },
  });
}

export class CompressionStream {
  #stream;
  constructor(format) { this.#stream = transform(true, readFormat(arguments.length, format, "CompressionStream")); }
  get readable() { return this.#stream.readable; }
  get writable() { return this.#stream.writable; }
}
define(CompressionStream);

export class DecompressionStream {
  #stream;
  constructor(format) { this.#stream = transform(false, readFormat(arguments.length, format, "DecompressionStream")); }
  get readable() { return this.#stream.readable; }
  get writable() { return this.#stream.writable; }
}
define(DecompressionStream);
