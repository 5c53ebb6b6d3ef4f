// Requests that failed lately, with what is known of where. All of it is text of strangers, and stays text.
import { ask } from "./api.js";
import { code, element, pairs } from "./dom.js";

const MOST = 100;

let errors = []; // the newest first
let next = 0;

export async function fetchErrors() {
  const answer = await ask(`/api/v1/errors?after=${next}`);
  next = answer.next;
  errors = answer.errors.concat(errors).slice(0, MOST);
}

const block = (title, text) => (text ? [element("h3", {}, title), element("pre", {}, text)] : []);

/** Of a script that ended by an exception, the exception: what it wrote last, without the places. */
function headline(error) {
  const said = (error.said ?? "").split("\n").filter((line) => line !== "" && !/^\s/.test(line));
  return error.cause === "guest-exit" && said.length > 0 ? said.at(-1) : error.message.split("\n")[0];
}

function entry(error) {
  return element("details", { class: "card failure" },
    element("summary", {},
      element("span", { class: "bad" }, String(error.status)), " ",
      element("time", { datetime: error.time, title: error.time }, error.time.slice(11, 23)), " ",
      code(error.route ?? error.path ?? ""), " ", element("span", { class: "quiet" }, error.cause ?? ""), " ",
      element("span", { class: "message" }, headline(error))),
    pairs([
      ["request", error.path ? code(`${error.method} ${error.path}`) : null],
      ["request id", error.request_id ? code(error.request_id) : null],
      ["worker", error.worker],
      ["process", `${error.role} ${error.process} (pid ${error.pid})`],
    ]),
    ...block("Why", error.message),
    ...block("Source", error.source),
    ...block("What the worker said", error.said),
    ...block("Stack", error.stack));
}

let list = null; // while it is shown
let drawn = 0;

export function openErrors() {
  list = element("div", { class: "errors" });
  drawn = -1;
  return [element("h2", {}, "Requests that failed, the newest first"), list];
}

export function updateErrors() {
  if (drawn < 0 && errors.length === 0) {
    list.replaceChildren(element("p", { class: "card quiet" }, "No request has failed, as far as the server remembers."));
    return;
  }
  if (drawn < 0) list.replaceChildren();
  const fresh = errors.filter((error) => error.number > drawn);
  drawn = errors[0].number;
  list.prepend(...fresh.map(entry)); // what is open stays so
  while (list.childElementCount > MOST) list.lastElementChild.remove();
}
