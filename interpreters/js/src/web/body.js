// The body of a Request or Response. A string, bytes or the request's own body never become a stream unless somebody
// asks for one.
import { decodeUtf8, encodeUtf8, markHandled, readBody, wait, when } from "wws:native";
import { Blob, blobBytes } from "wws:blob";
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
      await new Promise((resolve) => when(this.operation, resolve));
    }
  }
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
  async readAll() {
    let bytes = new Uint8Array(16384);
    let size = 0;
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
      else await new Promise((resolve) => when(this.operation, resolve));
    }
  }
}

/** The body of the request that is answered. */
export const incoming = new Source(readBody, REQUEST_BODY,
  () => new TypeError("the client left before its request was complete"));

const none = new Uint8Array(0);

/** What the standard calls extracting: [content, content type or null]. `content` is null, a string, bytes, a stream. */
export function extract(body) {
  if (typeof body === "string") return [body.isWellFormed() ? body : body.toWellFormed(), "text/plain;charset=UTF-8"];
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

function sourceStream(source) {
  return new (streams().ReadableStream)({
    type: "bytes",
    async pull(controller) {
      const chunk = new Uint8Array(65536);
      const count = await source.read(chunk);
      if (count > 0) return controller.enqueue(chunk.subarray(0, count));
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
}

function streamOf(content) {
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

const settings = { isReadAtOnce: false };
/** From now on bodies are read as workers of 0.6.0 to 1.7.0 do it: text() and arrayBuffer() give values and no promises, as
 * often as they are asked, and `body` is the text. */
export function readAtOnce() { settings.isReadAtOnce = true; }

const internal = Symbol("Body");

/** What Request and Response have in common. */
export class Body {
  #content = null;  // null, a string, bytes, a stream, or a Source
  #isUsed = false;

  get body() {
    if (this.#content === null) return null;
    if (this.#isAtOnce()) return this.#textNow();
    if (!isStream(this.#content)) {
      const isUsed = this.#isUsed;
      const stream = streamOf(isUsed ? none : this.#content);
      this.#content = stream;
      if (isUsed) markHandled(stream.cancel());
    }
    return this.#content;
  }
  get bodyUsed() {
    return this.#content !== null &&
      (this.#isUsed || (isStream(this.#content) && isDisturbed(this.#content)));
  }

  /** Takes the body: a string, bytes, or a promise of bytes. */
  #take() {
    const content = this.#content;
    if (content === null) return none;
    if (this.bodyUsed) {
      throw new TypeError("the body was used already: it can be read once; clone() before reading it twice");
    }
    if (isStream(content)) {
      if (content.locked) throw new TypeError("the body is locked: a reader has it");
      return readStream(content);
    }
    this.#isUsed = true;
    return content instanceof Source ? content.readAll() : content;
  }
  async #bytes() {
    const content = await this.#take();
    return typeof content === "string" ? encodeUtf8(content) : content;
  }
  #isAtOnce() { return settings.isReadAtOnce && !isStream(this.#content); }
  #textNow() {
    if (this.#content instanceof Source) this.#content = this.#content.readAllNow();
    if (typeof this.#content === "string") return this.#content;
    return this.#content === null ? "" : decodeUtf8(this.#content, false);
  }
  text() { return this.#isAtOnce() ? this.#textNow() : this.#text(); }
  async #text() {
    const content = await this.#take();
    const text = typeof content === "string" ? content : decodeUtf8(content, false);
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  }
  async json() { return JSON.parse(await this.text()); }
  async bytes() {
    const bytes = await this.#bytes();
    return bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
  }
  arrayBuffer() {
    if (!this.#isAtOnce()) return this.bytes().then((bytes) => bytes.buffer);
    const text = this.#textNow();
    return (typeof this.#content === "string" ? encodeUtf8(text) : this.#content ?? none).slice().buffer;
  }
  async blob() {
    const type = this.headers.get("content-type") ?? "";
    return new Blob([await this.#bytes()], { type });
  }
  async formData() {
    const type = this.headers.get("content-type") ?? "";
    if (/^multipart\/form-data\s*(;|$)/i.test(type)) return decodeMultipart(await this.#bytes(), type);
    if (/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) return decodeUrlencoded(await this.#bytes());
    throw new TypeError(`a body of the type "${type}" is no form`);
  }

  static {
    Object.defineProperty(this, internal, { value: {
      set: (of, content) => { of.#content = content; },
      peek: (of) => of.#content,
      take: (of) => {
        if (of.bodyUsed || (isStream(of.#content) && of.#content.locked)) {
          throw new TypeError("the body was used already; clone() before using it twice");
        }
        const content = of.#content;
        if (content !== null) of.#isUsed = true;
        return content;
      },
      tee: (of, copy) => {
        if (of.bodyUsed || (isStream(of.#content) && of.#content.locked)) {
          throw new TypeError("the body was used already: clone() comes before that");
        }
        if (of.#content === null || typeof of.#content === "string" || of.#content instanceof Uint8Array) {
          copy.#content = of.#content;
          return;
        }
        [of.#content, copy.#content] = of.body.tee();
      },
    } });
  }
}

export const setContent = Body[internal].set;
/** The content as it is, without using it. */
export const peekContent = Body[internal].peek;
/** The content, which is used from then on: null, a string, bytes, a stream, or a Source. */
export const takeContent = Body[internal].take;
export const teeContent = Body[internal].tee;

/** Members that Request and Response have themselves, as the standard mixes them in. */
export function mixIn(type) {
  for (const key of Reflect.ownKeys(Body.prototype)) {
    if (key === "constructor" || key === Symbol.toStringTag) continue;
    Object.defineProperty(type.prototype, key, {
      ...Object.getOwnPropertyDescriptor(Body.prototype, key), enumerable: true,
    });
  }
}
