// Files of lists: asked for with fetch, so that the page shows how far the file is and can give it up.
import { chosenOf, queryOf } from "./list-rows.js";

const LINE_END = 10;
const grouped = (number) => String(number).replace(/\B(?=(\d{3})+(?!\d))/g, ",");

/** The frames of huikuan/web/lists/taking.py: a line of a word and a number, with "bytes" so many bytes behind it. */
async function* frames(body) {
  const reader = body.getReader();
  let rest = new Uint8Array();
  const more = async () => {
    const { done, value } = await reader.read();
    if (done) return false;
    const joined = new Uint8Array(rest.length + value.length);
    joined.set(rest);
    joined.set(value, rest.length);
    rest = joined;
    return true;
  };
  for (;;) {
    let end = rest.indexOf(LINE_END);
    while (end < 0) {
      if (!(await more())) return;
      end = rest.indexOf(LINE_END);
    }
    const [word, number] = new TextDecoder().decode(rest.subarray(0, end)).split(" ");
    rest = rest.subarray(end + 1);
    let content = null;
    if (word === "bytes") {
      while (rest.length < Number(number)) if (!(await more())) return;
      content = rest.slice(0, Number(number));
      rest = rest.subarray(Number(number));
    }
    yield { word, number: Number(number), content };
  }
}

function toast(list) {
  const shown = list.querySelector("template[data-file-toast]").content.cloneNode(true).firstElementChild;
  document.querySelector("#toasts").append(shown);
  const text = shown.querySelector("[data-file-text]");
  const bar = shown.querySelector("progress");
  const end = (words) => {
    text.textContent = words;
    bar.remove();
    shown.querySelector("[data-file-cancel]").remove();
    setTimeout(() => shown.remove(), 7000);
  };
  return {
    cancelled: (stop) => shown.querySelector("[data-file-cancel]").addEventListener("click", stop),
    progress(done, total) {
      const words = total === null ? text.dataset.making : text.dataset.of;
      text.textContent = words.replace("%s", grouped(done)).replace("%s", grouped(total ?? 0));
      bar.max = total || 1;
      bar.value = done;
    },
    done: (rows) => end(text.dataset.done.replace("%s", grouped(rows))),
    gaveUp: () => end(text.dataset.cancelled),
    failed: (reason) => end(reason || text.dataset.failed),
  };
}

function keep(parts, type, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(parts, { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function requestOf(list, form, chosenOnly) {
  const body = new URLSearchParams({ form, query: queryOf(list) });
  const chosen = chosenOnly ? chosenOf(list) : [];
  for (const [name, value] of chosen) if (name === "key") body.append(name, value);
  const headers = { ...JSON.parse(document.body.getAttribute("hx-headers") || "{}"), "X-Progress": "1" };
  return { method: "POST", body, headers };
}

async function take(list, form, chosenOnly) {
  const shown = toast(list);
  const stopper = new AbortController();
  shown.cancelled(() => stopper.abort());
  shown.progress(0, null);
  try {
    const answer = await fetch(list.dataset.fileUrl, { ...requestOf(list, form, chosenOnly), signal: stopper.signal });
    if (!answer.ok) return shown.failed(answer.status === 409 ? await answer.text() : "");
    const name = decodeURIComponent(answer.headers.get("Content-Disposition").split("''")[1]);
    const parts = [];
    let total = null;
    for await (const { word, number, content } of frames(answer.body)) {
      if (word === "total") total = number;
      else if (word === "bytes") parts.push(content);
      else if (word === "rows") shown.progress(number, total);
      else if (word === "done") {
        keep(parts, form === "csv" ? "text/csv" : "application/octet-stream", name);
        return shown.done(number);
      }
    }
    return shown.failed(""); // it ended before its end
  } catch {
    return stopper.signal.aborted ? shown.gaveUp() : shown.failed("");
  }
}

export function listenForFiles() {
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-list-file]");
    if (!button) return;
    take(button.closest("[data-list]"), button.dataset.listFile, button.dataset.selectedOnly !== undefined);
  });
}
