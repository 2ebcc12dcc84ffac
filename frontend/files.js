// Files on a record: dropping them on the card, what was chosen before it is sent, progress while it is.

const form = (element) => element?.closest?.("[data-file-form]");
const part = (root, name) => root.querySelector(`[data-file-${name}]`);

function shown(bytes) {
  return bytes < 1024 ** 2 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}

function say(root, words) {
  const error = part(root, "error");
  error.hidden = !words;
  error.querySelector("span").textContent = words;
}

function show(root) {
  const files = [...root.querySelector("input[type=file]").files];
  const tooLarge = files.filter((file) => file.size > Number(root.dataset.maxBytes));
  part(root, "chosen").hidden = files.length === 0;
  part(root, "names").replaceChildren(
    ...files.map((file) => {
      const line = document.createElement("div");
      line.textContent = `${file.name} · ${shown(file.size)}`;
      return line;
    }),
  );
  say(root, tooLarge.length > 0 ? `${root.dataset.tooLarge}${tooLarge.map((file) => file.name).join("、")}` : "");
  part(root, "go").disabled = tooLarge.length > 0;
  if (files.length > 0 && tooLarge.length === 0) part(root, "go").focus({ preventScroll: true });
}

function listenForDrops() {
  const card = (event) => {
    if (![...(event.dataTransfer?.types ?? [])].includes("Files")) return null;
    return event.target.closest?.(".files")?.querySelector("[data-file-form]");
  };
  document.addEventListener("dragover", (event) => {
    const root = card(event);
    for (const drop of document.querySelectorAll(".file-drop-over")) {
      if (!root?.contains(drop)) drop.classList.remove("file-drop-over");
    }
    if (!root) return;
    event.preventDefault();
    part(root, "drop").classList.add("file-drop-over");
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget) return;
    for (const drop of document.querySelectorAll(".file-drop-over")) drop.classList.remove("file-drop-over");
  });
  document.addEventListener("drop", (event) => {
    const root = card(event);
    if (!root) return;
    event.preventDefault();
    part(root, "drop").classList.remove("file-drop-over");
    root.querySelector("input[type=file]").files = event.dataTransfer.files;
    show(root);
  });
}

export function listenForAttachments() {
  listenForDrops();
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-file-form] input[type=file]")) show(form(event.target));
  });
  document.addEventListener("reset", (event) => {
    const root = form(event.target);
    if (root) setTimeout(() => show(root));
  });
  document.addEventListener("htmx:xhr:loadstart", (event) => {
    const root = form(event.target);
    if (!root) return;
    part(root, "progress").hidden = false;
    part(root, "go").disabled = true;
  });
  document.addEventListener("htmx:xhr:progress", (event) => {
    const root = form(event.target);
    if (root && event.detail.total > 0) part(root, "progress").value = (100 * event.detail.loaded) / event.detail.total;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const root = form(event.target);
    if (!root) return;
    part(root, "progress").hidden = true;
    part(root, "go").disabled = false;
  });
}
