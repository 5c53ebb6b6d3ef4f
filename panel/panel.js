// The panel: asks the admin interface once a second, and shows one view of what it said.
import { ask, keepToken, Unauthorized } from "./api.js";
import { isOfAnother, rates } from "./rates.js";
import { VIEWS } from "./views.js";

const PERIOD = 1000; // milliseconds
const LENGTH = 300; // seconds that plots show

const by = (id) => document.getElementById(id);
const state = { history: [], length: LENGTH, routes: [], workers: [], processes: [], problems: [] };
let before = null; // the statistics of the last time, and when they came
let shown = ""; // the view that has the page

function view() {
  const name = location.hash.slice(1);
  return name in VIEWS ? name : "overview";
}

function announce(text) {
  by("announcement").textContent = text;
  clearTimeout(announce.timer);
  announce.timer = setTimeout(() => (by("announcement").textContent = ""), 6000);
}

function showState(text, kind) {
  if (by("state").textContent !== text) by("state").textContent = text; // or a screen reader repeats it
  by("state").className = kind;
}

function showHead() {
  const { status, problems } = state;
  by("version").textContent = status.version;
  document.title = `wws: ${status.root}`;
  const text = status.ready ? "ready" : `not ready: ${status.reasons.join(", ")}`;
  showState(`${text}, ${status.root}`, status.ready ? "good" : "bad");
  by("drain").setAttribute("aria-pressed", String(status.draining));
  by("problem-count").textContent = String(problems.length);
  by("problem-count").hidden = problems.length === 0;
}

/** Draws the view, or what is new of it. */
function showView() {
  const name = view();
  const main = by("view");
  if (!VIEWS[name].open) {
    drawView(name, main);
  } else {
    if (name !== shown) main.replaceChildren(...VIEWS[name].open());
    VIEWS[name].update?.();
  }
  if (name === shown) return;
  shown = name;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${name}`) {
      link.setAttribute("aria-current", "page");
      link.scrollIntoView({ block: "nearest", inline: "nearest" });
    } else {
      link.removeAttribute("aria-current");
    }
  }
}

/** Draws it anew, but neither while somebody marks text in it nor over what they opened or focused. */
function drawView(name, main) {
  if (name === shown && (document.getSelection().type === "Range" || main.querySelector("details[open]"))) return;
  const isInside = main !== document.activeElement && main.contains(document.activeElement);
  if (name === shown && isInside && !document.activeElement.matches(".table")) return;
  const focused = isInside ? document.activeElement.getAttribute("aria-label") : null;
  main.replaceChildren(...VIEWS[name].show(state));
  if (focused) main.querySelector(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
}

async function refresh() {
  state.status = await ask("/api/v1/status"); // alone, so that there is one refusal where a token is wanted
  const needs = ["stats", "problems", ...VIEWS[view()].needs];
  const answers = await Promise.all(needs.map((need) => ask(`/api/v1/${need}`)));
  for (const [i, need] of needs.entries()) state[need] = answers[i];
  await VIEWS[view()].fetch?.();
  if (before && isOfAnother(state.stats, before.stats)) before = null;
  const at = performance.now();
  const seconds = before ? (at - before.at) / 1000 : Math.max(1, state.status.uptime_seconds);
  state.now = rates(state.stats, before?.stats ?? null, seconds);
  if (before) {
    const { requests, failures, p50, p99, cpu } = state.now;
    state.history.push({ requests, failures, p50, p99, cpu, guests: state.stats.guests, queued: state.stats.queued });
    if (state.history.length > LENGTH) state.history.shift();
  }
  before = { stats: state.stats, at };
  showHead();
  showView();
}

function signIn(message) {
  by("sign-in-error").textContent = message;
  by("token").value = "";
  by("sign-in").showModal();
  return new Promise((resolve) => by("sign-in").addEventListener("close", () => {
    keepToken(by("token").value.trim());
    resolve();
  }, { once: true }));
}

/** What went wrong is for the person who looks, and the next try is on its way. */
async function attempt(action) {
  try {
    await action();
  } catch (error) {
    if (error instanceof Unauthorized) return signIn(error.message);
    showState(error.message, "bad");
  }
}

async function run() {
  for (;;) {
    const began = performance.now();
    await attempt(refresh);
    await new Promise((resolve) => setTimeout(resolve, Math.max(100, PERIOD - (performance.now() - began))));
  }
}

by("sign-in").addEventListener("cancel", (event) => event.preventDefault()); // there is nothing to see without
by("reload").addEventListener("click", () => attempt(async () => {
  await ask("/api/v1/reload", "POST");
  announce("The project is being read again.");
}));
by("drain").addEventListener("click", () => attempt(async () => {
  const { draining } = await ask("/api/v1/drain", state.status?.draining ? "DELETE" : "POST");
  announce(draining ? "/readyz says no from now on; requests are answered all the same." : "/readyz says yes again.");
}));
addEventListener("hashchange", async () => {
  by("view").replaceChildren();
  shown = "";
  await attempt(refresh);
  by("view").focus({ preventScroll: true });
  scrollTo(0, 0);
});
run();
