// The Streams standard, by web-streams-polyfill (upstream/package.json). It is a quarter of a MiB of memory, and most
// scripts need none of it: it is evaluated when somebody asks for it. Scripts that name streams do so before the
// first request (mentions.h), so that no request waits for it.
import { evaluate, inheritStreams, provide } from "wws:native";
import { lazyGlobal } from "wws:idl";

const names = [
  "ByteLengthQueuingStrategy", "CountQueuingStrategy", "ReadableByteStreamController", "ReadableStream",
  "ReadableStreamBYOBReader", "ReadableStreamBYOBRequest", "ReadableStreamDefaultController",
  "ReadableStreamDefaultReader", "TransformStream", "TransformStreamDefaultController", "WritableStream",
  "WritableStreamDefaultController", "WritableStreamDefaultWriter",
];
let evaluated;

/** Iterators of streams are such as the language has them, which the polyfill does not see to (Web IDL, 3.7.10.2). */
function inheritIterators(iterator) {
  const ofStreams = Object.getPrototypeOf(iterator);
  Object.setPrototypeOf(ofStreams, Object.getPrototypeOf(Object.getPrototypeOf(async function* () {}).prototype));
  delete ofStreams[Symbol.asyncIterator];
}

/** All interfaces of the standard. */
export function streams() {
  if (evaluated === undefined) {
    evaluated = evaluate("wws:web-streams");
    inheritIterators(new evaluated.ReadableStream().values());
    inheritStreams(evaluated.ReadableStream.prototype);
  }
  return evaluated;
}
provide({ evaluateStreams: streams });

for (const name of names) lazyGlobal(name, () => streams()[name]);

/** The globals are there as if they had always been. */
export function evaluateStreams() { for (const name of names) globalThis[name]; }

/** Nothing is a stream before somebody has asked for streams. */
export function isStream(value) { return evaluated !== undefined && value instanceof evaluated.ReadableStream; }

/** Whether somebody has read from it, or cancelled it. */
export function isDisturbed(stream) { return stream._disturbed; }
