// The import pages: dropping a file anywhere, its name and size before it is sent, and typed corrections that
// survive the page's round trip.

function shown(bytes) {
  const language = document.documentElement.lang || "zh-Hans";
  const [value, unit] = bytes < 1024 ** 2 ? [bytes / 1024, "kilobyte"] : [bytes / 1024 ** 2, "megabyte"];
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 }).format(value);
}

function showFile(form) {
  const input = form.querySelector("input[type=file]");
  const files = [...input.files];
  const [file] = files;
  const error = form.querySelector("[data-file-error]");
  const tooLarge = files.some((each) => each.size > Number(form.dataset.maxBytes));
  form.querySelector("[data-drop]").classList.toggle("drop-full", Boolean(file) && !tooLarge);
  form.querySelector(".drop-idle").hidden = Boolean(file);
  form.querySelector(".drop-chosen").hidden = !file;
  form.querySelector("[data-file-name]").textContent = files.length > 1 ? `${files.length} ${form.dataset.files}` : (file?.name ?? "");
  form.querySelector("[data-file-size]").textContent = file ? shown(files.reduce((sum, each) => sum + each.size, 0)) : "";
  error.hidden = !tooLarge;
  error.textContent = tooLarge ? form.dataset.tooLarge : "";
  form.querySelector("[data-intake-go]").disabled = Boolean(tooLarge);
}

function take(form, files) {
  const input = form.querySelector("input[type=file]");
  const taken = new DataTransfer();
  for (const file of input.multiple ? files : [files[0]]) taken.items.add(file);
  input.files = taken.files;
  showFile(form);
  const go = form.querySelector("[data-intake-go]");
  go.focus();
  if (!go.disabled) form.requestSubmit(go);
}

// dragenter and dragleave fire for every element on the way: the veil leaves with the last of them.
let depth = 0;

function listenForDrops() {
  const form = () => document.querySelector("[data-intake]");
  const carriesFiles = (event) => form() && [...(event.dataTransfer?.types ?? [])].includes("Files");
  const veil = (on) => {
    const element = document.querySelector("[data-drop-veil]");
    if (element) element.hidden = !on;
  };
  document.addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    depth += 1;
    veil(true);
  });
  document.addEventListener("dragleave", (event) => {
    if (!carriesFiles(event)) return;
    depth -= 1;
    if (depth <= 0) veil(false);
  });
  document.addEventListener("dragover", (event) => {
    if (carriesFiles(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth = 0;
    veil(false);
    if (event.dataTransfer.files.length > 0) take(form(), event.dataTransfer.files);
  });
}

/** A sent form says so on its button and is not sent twice. */
function showBusy(event) {
  const form = event.target.closest?.("[data-intake], [data-check]");
  const button = event.submitter?.closest("[data-intake-go], [data-start], [data-next]");
  if (!form || !button) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  button.setAttribute("aria-busy", "true");
  button.querySelector("span").textContent = form.dataset.busy;
}

const kept = (form) => `huikuan-corrections:${new URL(form.action).pathname}`;

function changedInputs(form) {
  return [...form.querySelectorAll("input[name^=value-]")].filter((input) => input.value !== input.defaultValue);
}

/** Corrections in other rows than the one sent are typed in again when the page comes back. */
function keepCorrections(event) {
  const form = event.target.closest?.("[data-problem-rows]");
  if (!form) return;
  sessionStorage.setItem(kept(form), JSON.stringify(changedInputs(form).map(({ name, value }) => [name, value])));
}

function restoreCorrections(form) {
  const typed = sessionStorage.getItem(kept(form));
  sessionStorage.removeItem(kept(form));
  for (const [name, value] of typed ? JSON.parse(typed) : []) {
    const input = form.elements.namedItem(name);
    if (!input || input.disabled) continue;
    input.value = value;
    markChanged(input);
  }
}

function markChanged(input) {
  input.classList.toggle("is-changed", input.value !== input.defaultValue);
}

export function listenForImports() {
  listenForDrops();
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-intake] input[type=file]")) showFile(event.target.form);
  });
  document.addEventListener("input", (event) => {
    if (event.target.matches?.("[data-problem-rows] input[name^=value-], [data-grid] input[name^=cell-]")) markChanged(event.target);
  });
  document.addEventListener("submit", showBusy);
  document.addEventListener("submit", keepCorrections);
  // Back from the next page the form must work again.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && document.querySelector("[data-sent]")) window.location.reload();
  });
}

export function enlivenImports(root) {
  for (const form of root.querySelectorAll("[data-problem-rows]")) restoreCorrections(form);
  for (const form of root.querySelectorAll("[data-intake]")) showFile(form);
}
