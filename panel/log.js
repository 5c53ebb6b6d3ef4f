// The log of all processes, as it grows. Lines are text of strangers, and stay text.
import { ask } from "./api.js";
import { element, field } from "./dom.js";

const MOST = 2000; // lines that the page keeps
const PART = 500; // of one answer
const LEVELS = ["debug", "info", "warn", "error"];

let lines = [];
let next = 0;
let isPaused = false;
const wanted = { level: "debug", text: "", follows: true };

/** Takes what is new, however many answers that is. */
export async function fetchLog() {
  if (isPaused) return;
  for (let count = PART; count === PART;) {
    const answer = await ask(`/api/v1/log?after=${next}&limit=${PART}`);
    next = answer.next;
    lines = lines.concat(answer.lines).slice(-MOST);
    count = answer.lines.length;
  }
}

const who = (line) => (line.role === "serving" ? `serving ${line.process}` : line.role);

function isWanted(line) {
  if (LEVELS.indexOf(line.level) < LEVELS.indexOf(wanted.level)) return false;
  const text = wanted.text.toLowerCase();
  return [line.message, line.worker, line.route, line.request_id, who(line), String(line.pid)]
    .some((part) => part?.toLowerCase().includes(text));
}

/** Whether a worker says it; lines of the server about a request name that themselves. */
const says = (line) => line.worker && !line.message.includes(line.request_id);

function row(line) {
  return element("div", { class: `line ${line.level}` },
    element("time", { datetime: line.time, title: line.time }, line.time.slice(11, 23)),
    element("span", { class: "level" }, line.level),
    element("span", { class: "quiet", title: `process ${line.pid}` }, who(line)),
    element("span", { class: "message" },
      says(line) ? element("span", { class: "quiet" }, `${line.worker} [${line.request_id}] `) : null, line.message));
}

let parts = null; // of the page, while it is shown
let drawn = 0; // the number of the last line there

function draw() {
  parts.rows.replaceChildren(...lines.filter(isWanted).map(row));
  drawn = lines.at(-1)?.number ?? 0;
  tell();
}

function tell() {
  const shown = parts.rows.childElementCount;
  parts.count.textContent = shown === lines.length ? `${shown} lines` : `${shown} of ${lines.length} lines`;
  if (wanted.follows) parts.rows.scrollTop = parts.rows.scrollHeight;
}

export function openLog() {
  const level = element("select", { id: "log-level" }, ...LEVELS.map((name) =>
    element("option", { value: name, selected: name === wanted.level }, name === "error" ? "error" : `${name} and above`)));
  const text = element("input", { id: "log-text", type: "search", value: wanted.text, autocomplete: "off" });
  const pause = element("button", { type: "button", "aria-pressed": String(isPaused) }, "Pause");
  const follow = element("input", { id: "log-follow", type: "checkbox" });
  follow.checked = wanted.follows;
  parts = {
    rows: element("div", { class: "log card", role: "log", "aria-live": "off", "aria-label": "Lines of the log", tabindex: "0" }),
    count: element("span", { class: "quiet" }),
  };
  level.addEventListener("change", () => {
    wanted.level = level.value;
    draw();
  });
  text.addEventListener("input", () => {
    wanted.text = text.value;
    draw();
  });
  pause.addEventListener("click", () => {
    isPaused = !isPaused;
    pause.setAttribute("aria-pressed", String(isPaused));
  });
  follow.addEventListener("change", () => {
    wanted.follows = follow.checked;
    tell();
  });
  // Who scrolls back wants to read there.
  parts.rows.addEventListener("scroll", () => {
    const { scrollTop, clientHeight, scrollHeight } = parts.rows;
    wanted.follows = follow.checked = scrollTop + clientHeight >= scrollHeight - 8;
  });
  const bar = element("div", { class: "bar" }, field("Level", level), field("Contains", text),
    element("label", { class: "check" }, follow, "Follow"), pause, parts.count);
  drawn = -1;
  return [element("h2", {}, "Log"), bar, parts.rows];
}

export function updateLog() {
  if (drawn < 0) return draw();
  const fresh = lines.filter((line) => line.number > drawn);
  if (fresh.length === 0) return;
  drawn = lines.at(-1).number;
  parts.rows.append(...fresh.filter(isWanted).map(row));
  while (parts.rows.childElementCount > MOST) parts.rows.firstElementChild.remove();
  tell();
}
