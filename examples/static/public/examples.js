// Asks every example that was built and shows its answer; says how to get the others.
const list = document.querySelector("#examples");
const template = document.querySelector("#example");
const summary = document.querySelector("#summary");

function card(example) {
  const item = template.content.cloneNode(true).querySelector("li");
  item.querySelector("h2").textContent = example.language;
  const link = item.querySelector("a");
  link.textContent = example.url;
  link.href = example.url;
  item.querySelector(".source").textContent = example.source;
  list.append(item);
  return item;
}

async function ask(example, item) {
  const output = item.querySelector("pre");
  const began = performance.now();
  try {
    const response = await fetch(example.url);
    const text = await response.text();
    item.querySelector(".time").textContent = `${(performance.now() - began).toFixed(1)} ms`;
    const isPage = response.headers.get("content-type")?.startsWith("text/html");
    const shown = isPage ? new DOMParser().parseFromString(text, "text/html").body.textContent : text;
    output.textContent = response.ok ? shown.trim() : `${response.status} ${response.statusText}`;
    return response.ok;
  } catch (error) {
    output.textContent = `no answer: ${error.message}`;
    return false;
  }
}

const examples = await (await fetch("examples.json")).json();
let running = 0;
for (const example of examples) {
  const item = card(example);
  if (example.built) {
    if (await ask(example, item)) running += 1;
  } else {
    item.classList.add("missing");
    item.querySelector("pre").textContent = `Not built. To get it: ${example.how}`;
  }
}
const answer = running === 1 ? "example answers" : "examples answer";
summary.textContent = `${running} of ${examples.length} ${answer}.`;
