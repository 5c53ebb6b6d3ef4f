// Errors as the log has them: name, message, where, and what caused them.
import { isError } from "wws:native";

/** Frames of the engine's own say nothing to who wrote the script. */
function framesOf(error) {
  if (typeof error.stack !== "string") return "";
  return error.stack
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.includes("wws:") && !line.includes("(native)") &&
      !line.includes("<input>"))
    .map((line) => `\n${line}`)
    .join("");
}

function isDomException(value) {
  return value instanceof DOMException;
}

const instead = {
  BroadcastChannel: "workers share nothing; the key-value store has what all of them see",
  EventSource: "read the body of a fetch() as a stream",
  SharedArrayBuffer: "a worker has one thread",
  WebAssembly: "a .wasm file is a worker of its own, which fetch() can call",
  WebSocket: "there are answers that stream, and server-sent events",
  Worker: "a worker has one thread",
  XMLHttpRequest: "use fetch()",
  localStorage: "use env.KV",
  sessionStorage: "use env.KV",
  window: "use globalThis",
  document: "there is no page here; give back HTML as a Response",
};

/** Of a global that other places have. */
function hint(error, message) {
  const absent = /^(?:ReferenceError: )?'?(\w+)'? is not defined$/.exec(message)?.[1];
  return error instanceof ReferenceError && Object.hasOwn(instead, absent ?? "") ? ` (absent here: ${instead[absent]})` : "";
}

function headline(error) {
  let name = "Error";
  let message = "";
  try {
    name = String(error.name);
    message = String(error.message);
  } catch {}
  return message === "" ? name : `${name}: ${message}${hint(error, message)}`;
}

/** Text of anything that was thrown. */
export function describe(error) {
  const seen = new Set();
  let text = "";
  for (let current = error, isFirst = true; ; isFirst = false) {
    if (!isFirst) text += "\nCaused by: ";
    if (!isError(current) && !isDomException(current)) {
      return text + (isFirst ? "thrown: " : "") + plain(current);
    }
    seen.add(current);
    text += headline(current) + framesOf(current);
    for (const each of Array.isArray(current.errors) ? current.errors : []) {
      text += `\n  - ${isError(each) ? headline(each) : plain(each)}`;
    }
    if (!("cause" in current) || seen.has(current.cause)) return text;
    current = current.cause;
  }
}

function plain(value) {
  try {
    if (typeof value === "object" && value !== null) return JSON.stringify(value) ?? String(value);
    return String(value);
  } catch {
    return "a value that has no text";
  }
}
