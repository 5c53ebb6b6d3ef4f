#include "server/live_files.h"

namespace wws::server {

// What a page may not do by its Content-Security-Policy is not done: there are no inline styles or scripts,
// and all is asked of the page's own origin. Text of failures goes in as text.
std::string_view live_script() noexcept {
  return R"js((() => {
  if (window.wwsLive) return;
  window.wwsLive = true;
  const address = new URL(document.currentScript.src);
  const revision = Number(address.searchParams.get("revision"));
  let styles = Number(address.searchParams.get("styles"));
  const isFailurePage = document.documentElement.hasAttribute("data-wws");
  let stream;
  let shown = "[]";
  let overlay;

  const make = (name, className, text = "") => {
    const element = document.createElement(name);
    element.className = className;
    element.textContent = text;
    return element;
  };

  const source = ({ place, lines }) => {
    const block = make("pre", "source");
    for (const { number, text } of lines) {
      const isPlace = number === place.line;
      const line = make("span", isPlace ? "place" : "line");
      line.append(make("b", "", `${String(number).padStart(4)} `), `${text}\n`);
      block.append(line);
      if (!isPlace || !place.column) continue;
      const mark = make("span", "mark");
      mark.append(make("b", "", " ".repeat(5)), `${"^".padStart(place.column)}\n`);
      block.append(mark);
    }
    return block;
  };

  const section = (failure) => {
    const { file, message, place, lines } = failure;
    const [first, ...rest] = message.split("\n");
    const element = make("section", "failure");
    element.append(make("p", "where", place ? `${place.file}:${place.line}` : file), make("h1", "", first));
    if (lines?.length) element.append(source(failure));
    if (rest.length) element.append(make("pre", "trace", rest.join("\n")));
    return element;
  };

  const hide = () => {
    overlay?.remove();
    overlay = undefined;
    removeEventListener("keydown", onKey, true);
  };
  const onKey = (event) => {
    if (event.key === "Escape") hide();
  };

  const show = (failures) => {
    const text = JSON.stringify(failures);
    if (text === shown) return;
    shown = text;
    hide();
    if (!failures.length || isFailurePage) return;
    overlay = document.createElement("wws-failures");
    const root = overlay.attachShadow({ mode: "open" });
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.href = new URL("live.css", address);
    const panel = make("main", "overlay");
    panel.setAttribute("role", "alertdialog");
    panel.setAttribute("aria-label", "What could not be loaded");
    panel.append(...failures.map(section), make("p", "hint",
      "What was there before goes on serving. This goes away when it is mended, or with Escape."));
    const close = make("button", "close", "\u00d7");
    close.setAttribute("aria-label", "Close");
    close.addEventListener("click", hide);
    panel.append(close);
    root.append(sheet, panel);
    document.documentElement.append(overlay);
    addEventListener("keydown", onKey, true);
  };

  const askForStyles = () => {
    for (const link of document.querySelectorAll("link[rel~=stylesheet][href]")) {
      const url = new URL(link.href);
      if (url.origin !== location.origin) continue;
      url.searchParams.set("wws", styles);
      const next = link.cloneNode();
      next.href = url;
      next.addEventListener("load", () => link.remove());
      link.after(next);
    }
  };

  const disconnect = () => {
    stream?.close();
    stream = undefined;
  };
  const connect = () => {
    if (stream || document.hidden) return;
    stream = new EventSource(new URL("events", address));
    stream.onmessage = ({ data }) => {
      const state = JSON.parse(data);
      if (state.revision > revision) {
        disconnect();
        return location.reload();
      }
      if (state.styles > styles) {
        styles = state.styles;
        askForStyles();
      }
      show(state.failures);
    };
    // An answer that is no stream ends it for good; a server that is not there is asked again by the browser.
    stream.onerror = () => {
      if (stream?.readyState !== EventSource.CLOSED) return;
      stream = undefined;
      setTimeout(connect, 1000);
    };
  };
  // Browsers have few connections to a server: pages that nobody sees give theirs up.
  document.addEventListener("visibilitychange", () => (document.hidden ? disconnect() : connect()));
  addEventListener("pagehide", disconnect);
  addEventListener("pageshow", connect);
  connect();
})();
)js";
}

std::string_view live_styles() noexcept {
  return R"css(:host { all: initial; }
:root, :host {
  color-scheme: light dark;
  --back: #fbfaf9;
  --text: #22252b;
  --quiet: #666b75;
  --block: #f0eeeb;
  --error: #b3261e;
  --mark: #ffe2de;
}
@media (prefers-color-scheme: dark) {
  :root, :host {
    --back: #16181d;
    --text: #e7e9ee;
    --quiet: #9aa1ad;
    --block: #20232a;
    --error: #ff8a80;
    --mark: #4a2326;
  }
}
main {
  box-sizing: border-box;
  max-width: 60rem;
  margin: 0 auto;
  padding: clamp(1rem, 4vw, 3rem);
  background: var(--back);
  color: var(--text);
  font: 16px/1.5 system-ui, sans-serif;
}
body { margin: 0; background: var(--back); }
main.overlay {
  position: fixed;
  inset: auto 0 0;
  z-index: 2147483647;
  max-width: none;
  max-height: 85vh;
  overflow: auto;
  padding: clamp(1rem, 3vw, 2rem) max(1rem, calc(50vw - 30rem));
  border-top: 4px solid var(--error);
  box-shadow: 0 0 3rem rgb(0 0 0 / 0.35);
}
.failure + .failure { margin-top: 2rem; }
.where { margin: 0; color: var(--quiet); font: 14px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
h1 { margin: 0.25rem 0 1rem; color: var(--error); font-size: 1.25rem; line-height: 1.35; overflow-wrap: anywhere; }
pre { margin: 0 0 1rem; padding: 0.75rem 0; border-radius: 6px; background: var(--block); overflow: auto;
  font: 14px/1.5 ui-monospace, monospace; tab-size: 2; }
pre.trace { padding: 0.75rem 1rem; }
pre.source span { display: block; width: max-content; min-width: 100%; box-sizing: border-box; padding: 0 1rem; }
pre b { color: var(--quiet); font-weight: normal; user-select: none; }
.place { background: var(--mark); }
.mark { color: var(--error); font-weight: bold; line-height: 1; }
.hint { margin: 0; color: var(--quiet); font-size: 0.875rem; }
.close { position: absolute; top: 0.5rem; right: 0.5rem; width: 2.5rem; height: 2.5rem; border: 0; border-radius: 6px;
  background: none; color: var(--quiet); font-size: 1.5rem; cursor: pointer; }
.close:hover, .close:focus-visible { background: var(--block); color: var(--text); }
)css";
}

}  // namespace wws::server
