// What each view shows, made of the state that panel.js keeps. A view is a function from that state to elements.
import { code, element, pairs, table } from "./dom.js";
import { fetchErrors, openErrors, updateErrors } from "./errors.js";
import { age, bytes, perSecond, time } from "./format.js";
import { openKeys } from "./keys.js";
import { fetchLog, openLog, updateLog } from "./log.js";
import { plot } from "./plot.js";
import { total } from "./rates.js";

const figure = (name, value) => element("div", {}, element("dt", {}, name), element("dd", {}, value));
const state = (name) => element("span", { class: name === "ready" ? "good" : name === "failed" || name === "down" ? "bad" : "quiet" },
  name.replace("_", " "));

/** Which limits requests met, the most frequent first. */
function limitsHit(counts) {
  const rows = Object.entries(counts).filter(([, count]) => count > 0).sort(([, one], [, other]) => other - one);
  return element("section", { class: "card", "aria-label": "Limits hit" },
    element("h2", {}, "Limits hit since the server's start"),
    rows.length === 0 ? element("p", { class: "quiet" }, "No request has met a limit.")
      : pairs(rows.map(([name, count]) => [name.replaceAll("_", " "), count.toLocaleString("en")])));
}

function overview({ status, stats, now, history, length }) {
  const of = (name) => history.map((sample) => sample[name]);
  return [
    element("dl", { class: "figures" },
      figure("requests a second", perSecond(now.requests)),
      figure("answered within (99 %)", time(now.p99)),
      figure("guests at work", `${stats.guests} of ${stats.instances_limit}`),
      figure("waiting", String(stats.queued)),
      figure("connections", String(stats.connections)),
      figure("limits hit, all in all", total(stats.limits_hit).toLocaleString("en")),
      figure("running for", age(status.uptime_seconds))),
    element("div", { class: "cards" },
      plot("Requests a second", [["all", of("requests")], ["failed (5xx)", of("failures")]], length,
        (value) => perSecond(value ?? 0)),
      plot("Time to the answer", [["half within", of("p50")], ["99 % within", of("p99")]], length, time),
      plot("Processors that guests use", [["of them", of("cpu")]], length, (value) => (value ?? 0).toFixed(2)),
      plot("Guests", [["at work", of("guests")], ["waiting", of("queued")]], length, (value) => String(Math.round(value ?? 0))),
      limitsHit(stats.limits_hit)),
  ];
}

function routes({ routes: known, now }) {
  const measured = new Map(now.routes.map((route) => [route.route, route]));
  const rows = known.map((route) => ({ ...route, ...(measured.get(route.route) ?? {}) }));
  for (const name of ["files", "other"]) {
    const rate = measured.get(name);
    if (rate && rate.requests > 0) rows.push({ ...rate, file: name === "files" ? "static files, and what nothing answers" : "further routes" });
  }
  return [table("Routes, in the order in which they are matched", [
    ["route", (row) => code(row.route)],
    ["answered by", (row) => row.file],
    ["requests/s", (row) => perSecond(row.requests ?? 0), "number"],
    ["failed/s", (row) => element("span", { class: row.failures > 0 ? "bad" : null }, perSecond(row.failures ?? 0)), "number"],
    ["half within", (row) => time(row.p50 ?? null), "number"],
    ["99 % within", (row) => time(row.p99 ?? null), "number"],
    ["processors", (row) => (row.cpu ?? 0).toFixed(2), "number"],
  ], rows, "There are no routes: no worker is in the project's folder.")];
}

function workerDetails(worker) {
  const of = worker.limits;
  return element("details", {}, element("summary", {}, "configuration"), pairs([
    ["memory", bytes(of.memory_bytes)],
    ["CPU time", time(of.cpu_time_seconds)],
    ["time", time(of.time_seconds)],
    ["output", bytes(of.output_bytes)],
    ["log", bytes(of.log_bytes)],
    ["stack", bytes(of.stack_bytes)],
    ["table elements", of.table_elements.toLocaleString("en")],
    ["at once", of.concurrency === undefined ? "as many as there is room for" : String(of.concurrency)],
    ["KV namespace", worker.kv_namespace ? code(worker.kv_namespace) : null],
    ["may fetch from", worker.fetch?.hosts.join(", ")],
    ["folders", worker.folders.map((folder) => `${folder.from} at ${folder.to} (${folder.mode})`).join(", ")],
    ["variables", Object.keys(worker.vars).join(", ")],
  ]));
}

/** What one request of the worker may use, in short. */
function limits({ limits: of }) {
  const atOnce = of.concurrency === undefined ? "" : `, ${of.concurrency} at once`;
  return `${bytes(of.memory_bytes)}, ${time(of.cpu_time_seconds)} of CPU, ${time(of.time_seconds)} in all${atOnce}`;
}

function workers({ workers: known }) {
  return [table("Workers", [
    ["file", (row) => row.file],
    ["route", (row) => code(row.route)],
    ["name", (row) => row.name],
    ["state", (row) => element("span", {}, state(row.state), row.error ? element("pre", {}, row.error) : null)],
    ["limits of a request", limits],
    ["configuration", workerDetails],
  ], known, "There are no workers in the project's folder.")];
}

function problems({ problems: known }) {
  return [table("What cannot be served as it is", [
    ["file", (row) => (row.file ? code(row.file) : "the project")],
    ["kind", (row) => row.kind.replace("_", " ")],
    ["why", (row) => element("pre", {}, row.message)],
  ], known, "All is well: everything in the project's folder is served.")];
}

function processes({ processes: known }) {
  return [table("Processes", [
    ["process", (row) => (row.role === "serving" ? `serving ${row.number}` : row.role)],
    ["pid", (row) => (row.pid === 0 ? "–" : String(row.pid)), "number"],
    ["state", (row) => state(row.state)],
    ["restarts", (row) => String(row.restarts), "number"],
    ["running for", (row) => age(row.uptime_seconds), "number"],
    ["memory", (row) => bytes(row.resident_bytes), "number"],
  ], known, "")];
}

/**
 * By the name in the address: the title, what of the interface it needs besides status and statistics, the elements. Views
 * that keep what they show ask for it themselves, make their elements once, and bring them up to date.
 */
export const VIEWS = {
  overview: { title: "Overview", needs: [], show: overview },
  routes: { title: "Routes", needs: ["routes"], show: routes },
  workers: { title: "Workers", needs: ["workers"], show: workers },
  errors: { title: "Errors", needs: [], fetch: fetchErrors, open: openErrors, update: updateErrors },
  log: { title: "Log", needs: [], fetch: fetchLog, open: openLog, update: updateLog },
  keys: { title: "Keys", needs: [], open: openKeys },
  problems: { title: "Problems", needs: [], show: problems },
  processes: { title: "Processes", needs: ["processes"], show: processes },
};
