// Bodies that have to be waited for, or are made of parts. Strings and bytes are the engine's own business (native_body.cc).
import {
  decodeUtf8, encodeUtf8, evaluate, isUnreadStream, markHandled, peekContent, provide, readAtOnce, readBody, setContent, takeContent,
  takeUnread, wait, when,
} from "wws:native";
import { Blob, blobBytes, typedBlob } from "wws:blob";
import { FormData, decodeMultipart, decodeUrlencoded, encodeForm } from "wws:formdata";
import { viewOf } from "wws:idl";
import { isDisturbed, isStream, streams } from "wws:streams";
import { URLSearchParams } from "wws:url";

const AGAIN = -1;
const REQUEST_BODY = 0;

/** A body that the server has and gives piece by piece. Nothing of it was read yet, or all of it is. */
export class Source {
  /** `read(bytes)` fills them and gives how many, 0 at the end, or a code below 0, of which `failure` makes an error;
   * `operation` is ready when there is more. */
  constructor(read, operation, failure) {
    this.fill = read;
    this.operation = operation;
    this.failure = failure;
  }
  /** How many bytes were read; 0 at the end. */
  async read(bytes) {
    for (;;) {
      const count = this.fill(bytes);
      if (count >= 0) return count;
      if (count !== AGAIN) throw this.failure(count);
      await this.ready();
    }
  }
  ready() {
    return new Promise((resolve) => {
      this.wake = resolve;
      when(this.operation, resolve);
    });
  }
  /** There will be no more, and reading fails: whoever waits finds out now. */
  stop(reason) {
    this.wake?.();
    this.onStop?.(reason);
  }
  /** Nobody wants the rest. */
  cancel() {}
  /** Nothing else happens meanwhile. */
  readAllNow() {
    const chunks = [];
    let size = 0;
    for (;;) {
      const chunk = new Uint8Array(65536);
      const count = this.fill(chunk);
      if (count === 0) return joined(chunks, size);
      if (count === AGAIN) {
        wait(this.operation);
        continue;
      }
      if (count < 0) throw this.failure(count);
      chunks.push(chunk.subarray(0, count));
      size += count;
    }
  }
  /** `first` was read already. */
  async readAll(first = none) {
    let bytes = new Uint8Array(16384 + first.length);
    bytes.set(first);
    let size = first.length;
    for (;;) {
      if (size === bytes.length) {
        const larger = new Uint8Array(bytes.length * 2);
        larger.set(bytes);
        bytes = larger;
      }
      const count = this.fill(bytes.subarray(size));
      if (count > 0) size += count;
      else if (count === 0) return bytes.subarray(0, size);
      else if (count !== AGAIN) throw this.failure(count);
      else await this.ready();
    }
  }
}

/** The body of the request that is answered. */
export const incoming = new Source(readBody, REQUEST_BODY,
  () => new TypeError("the client left before its request was complete"));

const none = new Uint8Array(0);

/** What the standard calls extracting: [content, content type or null]. `content` is null, a string, bytes, a stream. */
export function extract(body) {
  if (typeof body === "object" && body !== null) {
    if (isStream(body)) {
      if (body.locked || isDisturbed(body)) throw new TypeError("the stream is in use, or was read already");
      return [body, null];
    }
    if (body instanceof Blob) return [blobBytes(body), body.type || null];
    if (body instanceof URLSearchParams) {
      return [body.toString(), "application/x-www-form-urlencoded;charset=UTF-8"];
    }
    if (body instanceof FormData) return encodeForm(body);
    const view = viewOf(body);
    if (view !== undefined) return [view.slice(), null];
    if (typeof body[Symbol.asyncIterator] === "function") return [streams().ReadableStream.from(body), null];
  }
  return [String(body).toWellFormed(), "text/plain;charset=UTF-8"];
}

/** Streams that were made of bodies, and not by unread_stream.cc. */
const ofBodies = new WeakSet();
export function isOfBody(stream) { return isUnreadStream(stream) || ofBodies.has(stream); }

function sourceStream(source) {
  return new (streams().ReadableStream)({
    type: "bytes",
    start(controller) { source.onStop = (reason) => controller.error(reason); },
    cancel() { source.cancel(); },
    async pull(controller) {
      const chunk = new Uint8Array(65536);
      const count = await source.read(chunk);
      if (count > 0) return controller.enqueue(chunk.subarray(0, count));
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
}

/** Of a body that was used already: it has nothing. */
function usedStream() {
  const stream = readable(none);
  ofBodies.add(stream);
  markHandled(stream.cancel());
  return stream;
}

/** A stream that unread_stream.cc has made gets what one has that can be read. */
function beginStream(stream, content) {
  const made = readable(content ?? none);
  made._readableStreamController._controlledReadableByteStream = stream;
  for (const name of ["_state", "_readableStreamController"]) {
    Object.defineProperty(stream, name, { value: made[name], writable: true, enumerable: true, configurable: true });
  }
}

function readable(content) {
  if (content instanceof Source) return sourceStream(content);
  const bytes = typeof content === "string" ? encodeUtf8(content) : content;
  return new (streams().ReadableStream)({
    type: "bytes",
    start(controller) {
      if (bytes.length > 0) controller.enqueue(bytes.slice());
      controller.close();
    },
  });
}

export async function readStream(stream) {
  const reader = stream.getReader();
  const chunks = [];
  let size = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    if (!(value instanceof Uint8Array)) {
      const error = new TypeError("a stream that is a body gives Uint8Array and nothing else");
      markHandled(reader.cancel(error));
      throw error;
    }
    chunks.push(value);
    size += value.length;
  }
  return joined(chunks, size);
}

function joined(chunks, size) {
  if (chunks.length === 1) return chunks[0];
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

// What becomes of a body, as native_body.cc numbers it.
const TEXT = 0, JSON_VALUE = 1, ARRAY_BUFFER = 2, BYTES = 3, BLOB = 4;

/** A content-type as the type of a Blob. */
function blobType(type) {
  if (/^(?:[\w.+-]+\/[\w.+-]+)?$/.test(type)) return type;
  const { extractMime, writeMime } = evaluate("wws:mime");
  const mime = extractMime(type);
  return mime === null ? "" : writeMime(mime);
}

function made(bytes, as, type) {
  switch (as) {
    case TEXT: {
      const text = decodeUtf8(bytes, false);
      return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
    }
    case JSON_VALUE: return JSON.parse(made(bytes, TEXT));
    case ARRAY_BUFFER: return made(bytes, BYTES).buffer;
    case BYTES: return bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
    case BLOB: return typedBlob(bytes, blobType(type));
    default:
      if (/^multipart\/form-data\s*(;|$)/i.test(type)) return decodeMultipart(bytes, type);
      if (/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) return decodeUrlencoded(bytes);
      throw new TypeError(`a body of the type "${type}" is no form`);
  }
}

const typeOf = (of, as) => (as >= BLOB ? of.headers.get("content-type") ?? "" : "");

/** The body of a Request or Response; `first` was read of it already. */
async function readSource(of, content, as, first) {
  const type = typeOf(of, as);
  let bytes = content ?? none;
  if (content instanceof Source) bytes = await content.readAll(first);
  else if (typeof content === "string") bytes = encodeUtf8(content);
  return made(bytes, as, type);
}

async function readStreamAs(of, stream, as) {
  const unread = takeUnread(stream);
  if (unread !== undefined) return readSource(of, unread instanceof Uint8Array ? unread.slice() : unread, as);
  const type = typeOf(of, as);
  return made(await readStream(stream), as, type);
}

/** Without a promise, and as often as somebody asks. */
function readNow(of, as) {
  let content = peekContent(of);
  if (content instanceof Source) {
    content = content.readAllNow();
    setContent(of, content);
  }
  if (as === ARRAY_BUFFER) return (typeof content === "string" ? encodeUtf8(content) : content ?? none).slice().buffer;
  if (typeof content === "string") return content;
  return content === null ? "" : decodeUtf8(content, false);
}

/** [one, other], which are the same body. */
function tee(content) {
  const unread = isStream(content) ? takeUnread(content) : content;
  if (unread !== undefined && !(unread instanceof Source)) return [unread, unread];
  const both = (unread === undefined ? content : sourceStream(unread)).tee();
  for (const stream of both) ofBodies.add(stream);
  return both;
}

provide({
  beginStream,
  extract,
  incomingSource: () => incoming,
  isDisturbed,
  isLocked: (stream) => stream.locked,
  isStream,
  readAtOnce: readNow,
  readSource,
  readStream: readStreamAs,
  tee,
  usedStream,
});

export { peekContent, readAtOnce, setContent, takeContent };
