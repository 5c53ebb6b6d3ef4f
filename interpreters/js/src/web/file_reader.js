// FileReader, for code that was written for browsers.
import { encodingOf } from "wws:native";
import { Blob, blobBytes } from "wws:blob";
import { TextDecoder } from "wws:encoding";
import { constants, define, needArguments } from "wws:idl";
import { Event, EventTarget, defineHandler, fire } from "wws:events";

const EMPTY = 0, LOADING = 1, DONE = 2;

export class ProgressEvent extends Event {
  #init;
  constructor(type, init = {}) {
    super(type, init);
    this.#init = { lengthComputable: Boolean(init?.lengthComputable), loaded: Number(init?.loaded ?? 0), total: Number(init?.total ?? 0) };
  }
  get lengthComputable() { return this.#init.lengthComputable; }
  get loaded() { return this.#init.loaded; }
  get total() { return this.#init.total; }
}
define(ProgressEvent);

/** By the label that was given, else by the type's charset; a byte order mark is worth more than either. */
function textOf(bytes, type, label) {
  const charset = /;\s*charset=["']?([^;"'\s]+)/i.exec(type)?.[1];
  const known = [label, charset].find((each) => each !== undefined && encodingOf(each) >= 0) ?? "utf-8";
  const [first, second, third] = bytes;
  const mark = first === 0xef && second === 0xbb && third === 0xbf ? "utf-8" : first === 0xfe && second === 0xff ? "utf-16be"
    : first === 0xff && second === 0xfe ? "utf-16le" : undefined;
  return new TextDecoder(mark ?? known).decode(bytes);
}

const binary = (bytes) => {
  let text = "";
  for (let at = 0; at < bytes.length; at += 4096) text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return text;
};

export class FileReader extends EventTarget {
  #state = EMPTY;
  #result = null;
  #turn = 0;  // of the reading; what belongs to another one is over

  get readyState() { return this.#state; }
  get result() { return this.#result; }
  get error() {
    this.#state;
    return null;
  }
  readAsArrayBuffer(blob) { this.#read(blob, arguments.length, (bytes) => bytes.slice().buffer); }
  readAsText(blob, label = undefined) {
    label = label === undefined ? undefined : String(label);
    this.#read(blob, arguments.length, (bytes) => textOf(bytes, blob.type, label));
  }
  readAsDataURL(blob) {
    this.#read(blob, arguments.length, (bytes) => `data:${blob.type || "application/octet-stream"};base64,${btoa(binary(bytes))}`);
  }
  readAsBinaryString(blob) { this.#read(blob, arguments.length, binary); }
  abort() {
    if (this.#state !== LOADING) {
      this.#result = null;
      return;
    }
    this.#turn++;
    this.#state = DONE;
    this.#result = null;
    this.#tell("abort");
    if (this.#state !== LOADING) this.#tell("loadend");
  }
  #tell(type, loaded = 0) {
    fire(this, new ProgressEvent(type, { lengthComputable: loaded > 0, loaded, total: loaded }));
  }
  #read(blob, count, make) {
    needArguments(count, 1, "FileReader");
    if (!(blob instanceof Blob)) throw new TypeError("a FileReader reads a Blob");
    if (this.#state === LOADING) throw new DOMException("the FileReader is reading already", "InvalidStateError");
    this.#state = LOADING;
    this.#result = null;
    const turn = ++this.#turn;
    const bytes = blobBytes(blob);
    const steps = [
      () => this.#tell("loadstart"),
      () => { if (bytes.length > 0) this.#tell("progress", bytes.length); },
      () => {
        this.#state = DONE;
        this.#result = make(bytes);
        this.#tell("load", bytes.length);
        if (this.#state !== LOADING) this.#tell("loadend", bytes.length);
      },
    ];
    const next = () => {
      if (turn !== this.#turn) return;
      steps.shift()();
      if (steps.length > 0) setTimeout(next, 0);
    };
    setTimeout(next, 0);
  }
}
constants(FileReader, { EMPTY, LOADING, DONE });
define(FileReader);
for (const type of ["loadstart", "progress", "load", "abort", "error", "loadend"]) defineHandler(FileReader, type);
