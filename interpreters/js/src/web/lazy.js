// Globals that are evaluated when they are first asked for: a script has the heap and the time of what it uses.
import { evaluate, isMentioned } from "wws:native";
import { lazyGlobal } from "wws:idl";
import { loadIfMentioned } from "wws:locale";

/** Modules of src/web, and the globals that each exports. */
const interfaces = {
  file_reader: ["FileReader", "ProgressEvent"],
  intl: ["Intl"],
  compression: ["CompressionStream", "DecompressionStream"],
  subtle: ["CryptoKey", "SubtleCrypto"],
  messages: ["MessageChannel", "MessagePort"],
  user_timing: ["PerformanceEntry", "PerformanceMark", "PerformanceMeasure"],
  performance_observer: ["PerformanceObserver", "PerformanceObserverEntryList"],
  urlpattern: ["URLPattern"],
};
const functions = { clone: ["structuredClone"] };
const all = [];

for (const [modules, options] of [[interfaces, {}], [functions, { enumerable: true }]]) {
  for (const [module, names] of Object.entries(modules)) {
    all.push(...names);
    for (const name of names) lazyGlobal(name, () => evaluate(`wws:${module}`)[name], options);
  }
}

/** What the script's text names is evaluated now, so that requests find it in their memory. */
export function loadMentioned() {
  loadIfMentioned();
  for (const name of all) if (isMentioned(name)) globalThis[name];
  if (isMentioned("subtle")) crypto.subtle;
}
