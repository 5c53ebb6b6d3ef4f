// TextEncoderStream and TextDecoderStream.
import { TextDecoder, TextEncoder } from "wws:encoding";
import { define } from "wws:idl";
import { streams } from "wws:streams";

export class TextEncoderStream {
  #stream;
  constructor() {
    const encoder = new TextEncoder();
    let lead = "";
    this.#stream = new (streams().TransformStream)({
      transform(chunk, controller) {
        let text = lead + `${chunk}`;
        lead = "";
        const last = text.charCodeAt(text.length - 1);
        if (last >= 0xd800 && last < 0xdc00) {
          lead = text.slice(-1);
          text = text.slice(0, -1);
        }
        if (text !== "") controller.enqueue(encoder.encode(text));
      },
      flush(controller) { if (lead !== "") controller.enqueue(encoder.encode(lead)); },
    });
  }
  get encoding() { return this.#stream && "utf-8"; }
  get readable() { return this.#stream.readable; }
  get writable() { return this.#stream.writable; }
}
define(TextEncoderStream);

export class TextDecoderStream {
  #stream;
  #decoder;
  constructor(label = "utf-8", options = {}) {
    const decoder = new TextDecoder(label, options);
    this.#decoder = decoder;
    this.#stream = new (streams().TransformStream)({
      transform(chunk, controller) {
        if (chunk === undefined) throw new TypeError("a chunk is an ArrayBuffer or a view on one");
        const text = decoder.decode(chunk, { stream: true });
        if (text !== "") controller.enqueue(text);
      },
      flush(controller) {
        const text = decoder.decode();
        if (text !== "") controller.enqueue(text);
      },
    });
  }
  get encoding() { return this.#decoder.encoding; }
  get fatal() { return this.#decoder.fatal; }
  get ignoreBOM() { return this.#decoder.ignoreBOM; }
  get readable() { return this.#stream.readable; }
  get writable() { return this.#stream.writable; }
}
define(TextDecoderStream);
