// MIME types as the MIME Sniffing standard reads and writes them. Evaluated when something asks.
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const quotable = /^[\t\x20-\x7e\x80-\xff]*$/;
const trimmed = (text) => text.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, "");

/** The text between quotes that begins at `at`, and where what follows it begins. */
function quotedAt(text, at) {
  let value = "";
  for (at++; at < text.length && text[at] !== '"'; at++) {
    if (text[at] === "\\" && at + 1 < text.length) at++;
    value += text[at];
  }
  return [value, at + 1];
}

function readParameters(text, at) {
  const parameters = new Map();
  while (at < text.length) {
    at++; // the semicolon
    while ("\t\n\r ".includes(text[at] ?? "x")) at++;
    const nameEnd = at + /[;=]|$/.exec(text.slice(at)).index;
    const name = text.slice(at, nameEnd).toLowerCase();
    at = nameEnd;
    if (text[at] !== "=") continue;
    at++;
    let value;
    if (text[at] === '"') {
      [value, at] = quotedAt(text, at);
      while (at < text.length && text[at] !== ";") at++;
    } else {
      const end = at + /;|$/.exec(text.slice(at)).index;
      value = text.slice(at, end).replace(/[\t\n\r ]+$/, "");
      at = end;
      if (value === "") continue;
    }
    if (token.test(name) && quotable.test(value) && !parameters.has(name)) parameters.set(name, value);
  }
  return parameters;
}

/** { essence, parameters }; null: it is none. */
export function parseMime(text) {
  text = trimmed(text);
  const end = /;|$/.exec(text).index;
  const [type, subtype, ...more] = text.slice(0, end).replace(/[\t\n\r ]+$/, "").split("/");
  if (more.length > 0 || !token.test(type) || !token.test(subtype ?? "")) return null;
  return { essence: `${type}/${subtype}`.toLowerCase(), parameters: readParameters(text, end) };
}

export function writeMime({ essence, parameters }) {
  let text = essence;
  for (const [name, value] of parameters) {
    text += `;${name}=${token.test(value) ? value : `"${value.replace(/["\\]/g, "\\$&")}"`}`;
  }
  return text;
}

/** Values of a header field that may be several, apart at commas that are in no quotes. */
function apart(header) {
  const values = [""];
  for (let at = 0; at < header.length; at++) {
    if (header[at] === '"') {
      const [, end] = quotedAt(header, at);
      values[values.length - 1] += header.slice(at, end);
      at = end - 1;
    } else if (header[at] === ",") values.push("");
    else values[values.length - 1] += header[at];
  }
  return values;
}

/** That of a content-type, which may have come more than once; null: there is none. */
export function extractMime(header) {
  let found = null;
  let charset;
  for (const value of apart(header)) {
    const mime = parseMime(value);
    if (mime === null || mime.essence === "*/*") continue;
    if (mime.essence !== found?.essence) charset = mime.parameters.get("charset");
    else if (charset !== undefined && !mime.parameters.has("charset")) mime.parameters.set("charset", charset);
    found = mime;
  }
  return found;
}
