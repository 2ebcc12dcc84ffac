// The workbench by keyboard: through the queue, choose a candidate, confirm, undo; sums of what is settled by hand.
const bench = () => document.querySelector("[data-workbench]");
const TYPING = "input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable], dialog[open]";

function move(root, step) {
  const rows = [...root.querySelectorAll("[data-bench-row]")];
  const at = rows.findIndex((row) => row.getAttribute("aria-current") === "true");
  rows[Math.max(0, Math.min(rows.length - 1, at + step))]?.click();
}

function pick(root, key) {
  const radio = root.querySelector(`input[data-bench-key="${key}"]`);
  if (!radio || radio.disabled) return;
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
  radio.closest(".bench-option").scrollIntoView({ block: "nearest" });
}

/** A candidate that pays less than is open asks for the reason; Enter then leads there first. */
function askReason(root) {
  const place = root.querySelector("[data-bench-reason]");
  if (!place) return;
  const asks = Boolean(root.querySelector("input[name=place]:checked[data-bench-asks]"));
  place.hidden = !asks;
  place.querySelector("select").required = asks;
  askDispute(root);
  for (const option of root.querySelectorAll(".bench-option")) {
    option.classList.toggle("bench-chosen", Boolean(option.querySelector("input[name=place]:checked")));
  }
}

/** Less because of a dispute: which, is asked beside it. */
function askDispute(root) {
  for (const reason of root.querySelectorAll("select[name=short_reason]")) {
    const disputed = reason.value === "dispute" && !reason.closest("[hidden]");
    for (const place of reason.form.querySelectorAll("[data-bench-dispute]")) place.hidden = !disputed;
  }
}

function accept(root) {
  const form = root.querySelector("[data-bench-accept]");
  const button = form?.querySelector(".bench-accept");
  if (!button || button.disabled) return;
  const reason = form.querySelector("[data-bench-reason]:not([hidden]) select");
  if (reason && !reason.value) reason.focus();
  else form.requestSubmit(button);
}

const ACTS = {
  j: (root) => move(root, 1),
  k: (root) => move(root, -1),
  Enter: accept,
  s: (root) => root.querySelector("[data-bench-hand]")?.click(),
  "/": (root) => root.querySelector("[data-bench-hand]")?.click(),
  x: (root) => root.querySelector("[data-bench-leave]")?.requestSubmit(),
  u: (root) => root.querySelector("[data-bench-undo]")?.click(),
};

function onKey(event) {
  const root = bench();
  if (!root || event.isComposing || event.defaultPrevented) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.(TYPING)) return;
  // A link, a button or a summary that has the focus keeps its own Enter.
  if (event.key === "Enter" && event.target.closest?.("a, button, summary")) return;
  if (document.querySelector("dialog[open]") || root.querySelector(".htmx-request")) return;
  if (/^[1-9]$/.test(event.key)) pick(root, event.key);
  else if (ACTS[event.key]) ACTS[event.key](root);
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

const cents = (text) => {
  const plain = text.replaceAll(",", "").trim();
  return /^\d+(\.\d+)?$/.test(plain) ? Math.round(Number(plain) * 100) : 0;
};

function add(form) {
  const ticked = (kind) => [...form.querySelectorAll(`[data-sum="${kind}"]:checked`)];
  const typed = (box) => cents(form.elements[`${box.name}-${box.value}`].value);
  const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
  const parts = [...form.querySelectorAll("[data-sum-difference]")];
  let rest = cents(form.querySelector("[data-sum-part]").value);
  rest += sum(ticked("companion").map((box) => cents(box.dataset.amount))) + sum(ticked("credit").map(typed));
  rest += sum(parts.map((part) => cents(part.value) * (part.dataset.sumDifference === "over" ? -1 : 1)));
  rest -= sum(ticked("item").map(typed));
  const place = form.querySelector("[data-sum-rest]");
  const words = rest < 0 ? place.dataset.beyond : place.dataset.unapplied;
  place.textContent = `${words} ${(Math.abs(rest) / 100).toLocaleString("en", { minimumFractionDigits: 2 })}`;
  place.classList.toggle("text-bad", rest < 0);
  return rest;
}

/** An item that is ticked takes no more than the money that is left. */
function onTick(form, box) {
  if (box.dataset.sum !== "item" || !box.checked) return;
  const input = form.elements[`item-${box.value}`];
  const rest = add(form);
  if (rest < 0) input.value = (Math.max(0, cents(input.value) + rest) / 100).toFixed(2);
}

export function enlivenWorkbench(root) {
  const place = root.matches?.("[data-workbench]") ? root : root.querySelector?.("[data-workbench]");
  if (place) askReason(place);
  const form = root.querySelector?.("[data-bench-sums]");
  if (!form) return;
  askDispute(form);
  form.addEventListener("change", (event) => onTick(form, event.target));
  form.addEventListener("input", () => add(form));
  form.addEventListener("change", () => add(form));
  add(form);
}

export function listenForWorkbench() {
  // Before the palette, which has "/" everywhere else.
  document.addEventListener("keydown", onKey, { capture: true });
  document.addEventListener("change", (event) => {
    if (event.target.name === "place" && bench()) askReason(bench());
    if (event.target.name === "short_reason") askDispute(event.target.form);
  });
}
