// Keys and values of the key-value store. They are bytes of workers and their visitors: shown as text, never as markup.
import { ask, request } from "./api.js";
import { code, element, field, pairs } from "./dom.js";
import { bytes } from "./format.js";

const PAGE = 100; // keys of one question
const SHOWN = 64 * 1024; // bytes of a value; who wants more has `wws kv get`

const chosen = { space: null, prefix: "" }; // kept from one visit of the view to the next
let parts = null; // of the page, while it is shown

/** Does something, and tells what went wrong with it. */
async function attempt(action) {
  parts.problem.textContent = "";
  try {
    await action();
  } catch (error) {
    parts.problem.textContent = error.message;
  }
}

/** Whether somebody says yes to the question. */
function confirmed(question, answer) {
  const yes = element("button", { value: "yes" }, answer);
  const dialog = element("dialog", { "aria-labelledby": "confirm-question" },
    element("form", { method: "dialog" }, element("p", { id: "confirm-question" }, question),
      element("div", { class: "bar" }, element("button", { value: "no", autofocus: true }, "Cancel"), yes)));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => {
    dialog.remove();
    resolve(dialog.returnValue === "yes");
  }));
}

function textOf(data) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    return null;
  }
}

function indented(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null ? JSON.stringify(value, null, 2) : null;
  } catch {
    return null;
  }
}

function hex(data) {
  const lines = [];
  for (let at = 0; at < data.length; at += 16) {
    const part = [...data.subarray(at, at + 16)];
    const digits = part.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const text = part.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("");
    lines.push(`${at.toString(16).padStart(8, "0")}  ${digits.padEnd(47)}  ${text}`);
  }
  return lines.join("\n");
}

const place = (item) => `/api/v1/kv/${chosen.space}/${item.path}`;

async function showValue(item, focusOn = null) {
  const response = await request(place(item));
  const data = new Uint8Array(await response.arrayBuffer());
  const record = { data, version: response.headers.get("etag"), expires: Number(response.headers.get("wws-expires")) || null };
  const part = data.subarray(0, SHOWN);
  const text = textOf(part);
  const forms = [["JSON", text === null ? null : indented(text)], ["text", text], ["bytes", hex(part)]].filter(([, shown]) => shown !== null);
  const shown = element("pre", { class: "value" }, forms[0][1]);
  const form = element("select", { id: "value-form" }, ...forms.map(([name]) => element("option", {}, name)));
  form.addEventListener("change", () => (shown.textContent = forms.find(([name]) => name === form.value)[1]));
  const edit = element("button", { type: "button" }, "Edit");
  const erase = element("button", { type: "button" }, "Delete");
  edit.addEventListener("click", () => editValue(item, record, text));
  erase.addEventListener("click", () => attempt(async () => {
    if (!(await confirmed(`Delete the key ${item.key}? Workers do not find it any more.`, "Delete"))) return;
    await ask(place(item), "DELETE", { headers: { "If-Match": record.version } });
    await listKeys();
  }));
  const isWhole = part.length === data.length;
  edit.disabled = text === null || !isWhole;
  parts.value.replaceChildren(
    element("h3", { tabindex: "-1" }, code(item.key)),
    pairs([
      ["size", bytes(data.length)],
      ["version", record.version.replaceAll('"', "")],
      ["is forgotten", record.expires ? new Date(record.expires).toISOString() : "never"],
    ]),
    element("div", { class: "bar" }, field("Shown as", form), edit, erase),
    element("p", { class: "quiet", hidden: isWhole }, `These are the first ${bytes(SHOWN)}; wws kv get has the rest.`), shown);
  if (focusOn) parts.value.querySelector(focusOn).focus();
}

/** In place of the value. What was changed elsewhere meanwhile is not written over. */
function editValue(item, record, text) {
  const input = element("textarea", { id: "value-text", rows: "14", spellcheck: "false" });
  input.value = text;
  const save = element("button", { type: "submit" }, "Save");
  const cancel = element("button", { type: "button" }, "Cancel");
  const form = element("form", { class: "edit" }, field(`The value of ${item.key}`, input), element("div", { class: "bar" }, save, cancel));
  cancel.addEventListener("click", () => attempt(() => showValue(item, "button")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(async () => {
      const left = record.expires ? record.expires - Date.now() : null; // it is forgotten when it would have been
      if (left !== null && left <= 0) throw new Error("the key has expired meanwhile");
      if (!(await confirmed(`Write ${bytes(new TextEncoder().encode(input.value).length)} to ${item.key}? Workers read them from now on.`, "Write"))) return;
      await ask(place(item) + (left === null ? "" : `?ttl=${left}ms`), "PUT",
        { headers: { "If-Match": record.version }, body: input.value });
      await showValue(item, "button");
    });
  });
  parts.value.replaceChildren(form);
  input.focus();
}

function keyButton(item) {
  const button = element("button", { type: "button", class: "key" }, item.key);
  button.addEventListener("click", () => attempt(async () => {
    await showValue(item, "h3");
    for (const other of parts.keys.querySelectorAll(".key")) other.removeAttribute("aria-current");
    button.setAttribute("aria-current", "true");
  }));
  return element("li", {}, button);
}

async function addKeys(cursor) {
  const more = cursor ? `&cursor=${encodeURIComponent(cursor)}` : "";
  const page = await ask(`/api/v1/kv/${chosen.space}?limit=${PAGE}&prefix=${encodeURIComponent(chosen.prefix)}${more}`);
  parts.keys.querySelector(".more")?.remove();
  parts.keys.append(...page.keys.map(keyButton));
  if (parts.keys.childElementCount === 0) parts.keys.append(element("li", { class: "quiet" }, "There are no such keys."));
  if (!page.next) return;
  const button = element("button", { type: "button" }, "More");
  button.addEventListener("click", () => attempt(() => addKeys(page.next)));
  parts.keys.append(element("li", { class: "more" }, button));
}

async function listKeys() {
  parts.keys.replaceChildren();
  parts.value.replaceChildren(element("p", { class: "quiet" }, "Choose a key to see its value."));
  if (chosen.space !== null) await addKeys(null);
}

async function listSpaces() {
  const { namespaces } = await ask("/api/v1/kv");
  parts.space.replaceChildren(...namespaces.map((space) =>
    element("option", { value: space.path, selected: space.path === chosen.space }, `${space.name} (${bytes(space.bytes)})`)));
  chosen.space = parts.space.value || null;
  await listKeys();
}

export function openKeys() {
  parts = {
    problem: element("p", { class: "bad", role: "alert" }),
    space: element("select", { id: "kv-space" }),
    keys: element("ul", { class: "keys card", "aria-label": "Keys" }),
    value: element("section", { class: "card", "aria-label": "Value" }),
  };
  const prefix = element("input", { id: "kv-prefix", type: "search", value: chosen.prefix, autocomplete: "off" });
  const bar = element("form", { class: "bar" }, field("Namespace", parts.space), field("Keys begin with", prefix),
    element("button", { type: "submit" }, "Show"));
  bar.addEventListener("submit", (event) => {
    event.preventDefault();
    chosen.prefix = prefix.value;
    attempt(listSpaces);
  });
  parts.space.addEventListener("change", () => {
    chosen.space = parts.space.value;
    attempt(listKeys);
  });
  attempt(listSpaces);
  return [element("h2", {}, "Key-value store"), bar, parts.problem, element("div", { class: "store" }, parts.keys, parts.value)];
}
