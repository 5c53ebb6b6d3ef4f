// Scripts with `require` and `module.exports`, as packages have them.
import { compile, kindOf, lookUp, onRequire, requireModule, textOf } from "wws:native";

const MISSING = 0;
const MODULE = 1;
const COMMON_JS = 2;
const NODE_MODULE = 4;
const NOTHING = 5;

/** By their files: those that ran, and those that run now. */
const cache = Object.create(null);

class Module {
  constructor(file, parent) {
    this.id = this.filename = `/${file}`;
    this.path = folderOf(this.filename);
    this.exports = {};
    this.parent = parent;
    this.loaded = false;
    this.children = [];
    this.paths = [];
  }
}

function folderOf(path) { return path.slice(0, Math.max(path.lastIndexOf("/"), 1)); }

function notFound(importer, name, why) {
  const error = new Error(`${importer} requires "${name}": ${why}`);
  error.code = "MODULE_NOT_FOUND";
  return error;
}

/** A path that was put together: among the files that are there. */
function findLate(importer, name) {
  if (/^\.{0,2}\//.test(name) || name === "." || name === "..") {
    const parts = name.startsWith("/") ? [] : importer.split("/").slice(0, -1);
    for (const part of name.split("/")) {
      if (part === "..") parts.pop();
      else if (part !== "" && part !== ".") parts.push(part);
    }
    const path = parts.join("/");
    for (const ending of ["", ".js", ".cjs", ".json", "/index.js"]) {
      const kind = kindOf(path + ending);
      if (kind !== undefined) return [kind, path + ending];
    }
  }
  throw notFound(importer, name, "it is not there; what is required is found by its name in the text: require(\"NAME\")");
}

function find(importer, name) {
  if (typeof name !== "string") throw new TypeError(`require needs a text, and not ${typeof name}`);
  const found = lookUp(importer, name) ?? findLate(importer, name);
  if (found[0] === MISSING) throw notFound(importer, name, found[1]);
  return found;
}

function load(file, parent) {
  const known = cache[file];
  if (known !== undefined) return known.exports;
  const module = new Module(file, parent);
  cache[file] = module;
  parent?.children.push(module);
  let isLoaded = false;
  try {
    compile(file).call(module.exports, module.exports, requireOf(file, module), module, module.filename, module.path);
    isLoaded = true;
  } finally {
    if (!isLoaded) delete cache[file];
  }
  module.loaded = true;
  return module.exports;
}

function loadJson(file) {
  const known = cache[file];
  if (known !== undefined) return known.exports;
  const module = new Module(file);
  try {
    module.exports = JSON.parse(textOf(file));
  } catch (error) {
    throw new SyntaxError(`${file} is no JSON: ${error.message}`);
  }
  cache[file] = module;
  return module.exports;
}

/** A module's exports; those of Node's are its default export. */
function loadModule(name, isOfNode) {
  const namespace = requireModule(name);
  if (isOfNode) return namespace.default;
  return "module.exports" in namespace ? namespace["module.exports"] : namespace;
}

function requireOf(importer, module) {
  function require(name) {
    const [kind, target] = find(importer, name);
    switch (kind) {
      case COMMON_JS: return load(target, module);
      case MODULE: return loadModule(target, false);
      case NODE_MODULE: return loadModule(`node:${target}`, true);
      case NOTHING: return {};
      default: return target.endsWith(".json") ? loadJson(target) : textOf(target);
    }
  }
  require.resolve = (name) => {
    const [kind, target] = find(importer, name);
    return kind === NODE_MODULE ? target : `/${target}`;
  };
  require.cache = cache;
  require.main = undefined;
  return require;
}

onRequire((file) => load(file));
