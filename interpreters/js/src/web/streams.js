// The Streams standard, by web-streams-polyfill (upstream/package.json).
import {
  ByteLengthQueuingStrategy, CountQueuingStrategy, ReadableByteStreamController, ReadableStream,
  ReadableStreamBYOBReader, ReadableStreamBYOBRequest, ReadableStreamDefaultController, ReadableStreamDefaultReader,
  TransformStream, TransformStreamDefaultController, WritableStream, WritableStreamDefaultController,
  WritableStreamDefaultWriter,
} from "wws:web-streams";

for (const type of [
  ByteLengthQueuingStrategy, CountQueuingStrategy, ReadableByteStreamController, ReadableStream,
  ReadableStreamBYOBReader, ReadableStreamBYOBRequest, ReadableStreamDefaultController, ReadableStreamDefaultReader,
  TransformStream, TransformStreamDefaultController, WritableStream, WritableStreamDefaultController,
  WritableStreamDefaultWriter,
]) {
  Object.defineProperty(globalThis, type.name, { value: type, writable: true, configurable: true });
}

/** Whether somebody has read from it, or cancelled it. */
export function isDisturbed(stream) { return stream._disturbed; }

export { ReadableStream, TransformStream };
