// A list's rows: chosen one by one, by the page or all that are filtered; walked with the keyboard; acted upon.
import htmx from "htmx.org";

const TYPING = "input:not([type=checkbox]), textarea, select, [contenteditable], dialog, .dropdown-menu, .palette";

let everything = false; // all filtered rows are chosen, not only those of the page

const listOf = (node) => node.closest?.("[data-list]");
const rowsOf = (list) => list.querySelector("[data-list-rows]");
const boxes = (list) => [...list.querySelectorAll("[data-select-row]")];

/** What the rows' address asks for, as far as views, files and acts need it. */
export const queryOf = (list) => rowsOf(list)?.dataset.query ?? "";

/** What is chosen, as parameters of a request; `whole` without a choice. */
export function chosenOf(list) {
  if (everything) return [["all", "1"]];
  return boxes(list)
    .filter((box) => box.checked)
    .map((box) => ["key", box.value]);
}

function grouped(digits) {
  return digits.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** Amounts are added as whole numbers of their smallest unit: no fraction is ever rounded. */
function sumOf(rows) {
  const figures = rows.map((row) => row.dataset.measure).filter((text) => text !== undefined && text !== "");
  if (figures.length === 0) return "";
  const places = figures[0].split(".")[1]?.length ?? 0;
  return written(figures.reduce((sum, text) => sum + BigInt(text.replace(".", "")), 0n), places);
}

function written(units, places) {
  const digits = (units < 0n ? -units : units).toString().padStart(places + 1, "0");
  const whole = grouped(places ? digits.slice(0, -places) : digits);
  return `${units < 0n ? "−" : ""}${whole}${places ? `.${digits.slice(-places)}` : ""}`;
}

function showChoice(list) {
  const bar = list.querySelector("[data-selection]");
  const all = boxes(list);
  const chosen = all.filter((box) => box.checked);
  const page = list.querySelector("[data-select-page]");
  const total = list.querySelector("[data-list-total]");
  if (page) {
    page.checked = all.length > 0 && chosen.length === all.length;
    page.indeterminate = chosen.length > 0 && !page.checked;
  }
  if (!page?.checked) everything = false;
  for (const box of all) box.closest("tr").classList.toggle("row-chosen", box.checked);
  bar.hidden = chosen.length === 0;
  const count = everything && total ? total.dataset.count : String(chosen.length);
  const words = bar.querySelector("[data-selected-text]");
  words.textContent = words.dataset.text.replace("%s", grouped(count));
  const sum = everything ? sumOf(total ? [total] : []) : sumOf(chosen.map((box) => box.closest("tr")));
  const sums = bar.querySelector("[data-selected-sum]");
  sums.textContent = sum ? sums.dataset.text.replace("%s", sum) : "";
  const more = bar.querySelector("[data-select-all]");
  more.hidden = !page?.checked || everything || !total || Number(total.dataset.count) <= all.length;
  if (total) more.textContent = more.dataset.text.replace("%s", grouped(total.dataset.count));
}

function choose(list, checked) {
  for (const box of boxes(list)) box.checked = checked;
  if (!checked) everything = false;
  showChoice(list);
}

function act(list, url) {
  const values = { query: queryOf(list) };
  for (const [name, value] of chosenOf(list)) values[name] = name in values ? [values[name], value].flat() : value;
  htmx.ajax("POST", url, { target: "#list-dialog-body", swap: "innerHTML", values });
}

/** The total came behind the rows: the count stands at the paging too. */
export function enlivenList(root) {
  for (const total of root.matches?.("[data-list-total]") ? [root] : root.querySelectorAll("[data-list-total]")) {
    const list = listOf(total);
    for (const text of list?.querySelectorAll("[data-list-count]") ?? [])
      text.textContent = text.dataset.text.replace("%s", grouped(total.dataset.count));
    if (list) showChoice(list);
  }
  const rows = root.matches?.("[data-list-rows]") ? root : root.querySelector?.("[data-list-rows]");
  if (rows && listOf(rows)) choose(listOf(rows), false);
}

export function listenForChoices() {
  document.addEventListener("change", ({ target }) => {
    const list = listOf(target);
    if (!list) return;
    if (target.matches("[data-select-page]")) choose(list, target.checked);
    else if (target.matches("[data-select-row]")) showChoice(list);
  });
  document.addEventListener("click", ({ target }) => {
    const list = listOf(target);
    if (!list) return;
    if (target.closest("[data-select-none]")) choose(list, false);
    const all = target.closest("[data-select-all]");
    if (all) {
      everything = true;
      showChoice(list);
      list.querySelector("[data-act-url], [data-selected-only]")?.focus();
    }
    const button = target.closest("[data-act-url]");
    if (button) act(list, button.dataset.actUrl);
  });
}

function step(list, by) {
  const rows = [...list.querySelectorAll("tbody tr")];
  if (rows.length === 0) return;
  const here = rows.findIndex((row) => row.contains(document.activeElement));
  const next = here < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(here + by, 0), rows.length - 1);
  (rows[next].querySelector(".cell-link") ?? rows[next].querySelector("[data-select-row]"))?.focus();
  rows[next].scrollIntoView({ block: "nearest" });
}

export function listenForListKeys() {
  // Before others that take "/" where there is no list.
  document.addEventListener(
    "keydown",
    (event) => {
      const list = document.querySelector("[data-list]");
      if (!list || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.closest?.(TYPING) || document.querySelector("dialog[open]")) return;
      const row = document.activeElement?.closest?.("[data-list] tbody tr");
      const box = row?.querySelector("[data-select-row]");
      if (event.key === "j" || event.key === "k") step(list, event.key === "j" ? 1 : -1);
      else if (event.key === "x" && box) box.click();
      else if (event.key === "Enter" && row && document.activeElement === box) row.querySelector(".cell-link")?.click();
      else if (event.key === "Escape" && boxes(list).some((each) => each.checked)) choose(list, false);
      else if (event.key === "/") list.querySelector(".filters [type=search], .filters input:not([type=hidden]), .filters select")?.focus();
      else return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    { capture: true },
  );
}
