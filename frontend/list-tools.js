// What stands around a list: the choice of columns, saved views, what acts ask.
import { show } from "./dialogs.js";
import { queryOf } from "./list-rows.js";

const listOf = (node) => node.closest?.("[data-list]");

/** The list's address with other columns; the first page again. */
function goToColumns(list, columns) {
  const address = new URLSearchParams(queryOf(list));
  const view = new URLSearchParams(window.location.search).get("view");
  address.delete("cols");
  if (columns) address.set("cols", columns);
  address.set("view", view ?? list.querySelector("[name=view]")?.value ?? "all");
  window.location.assign(`${window.location.pathname}?${address}`);
}

function chosenColumns(form) {
  const chosen = [...form.querySelectorAll("[data-column]")].filter((item) => item.querySelector("input").checked);
  return chosen.map((item) => item.dataset.column).join(",");
}

function move(button) {
  const item = button.closest("[data-column]");
  const up = button.dataset.move === "up";
  const other = up ? item.previousElementSibling : item.nextElementSibling;
  if (!other) return;
  if (up) other.before(item);
  else other.after(item);
  button.focus();
  item.scrollIntoView({ block: "nearest" });
}

function onClick({ target }) {
  const mover = target.closest("[data-move]");
  if (mover) move(mover);
  if (target.closest("[data-columns-default]")) goToColumns(listOf(target), "");
}

function onSubmit(event) {
  const form = event.target;
  const list = listOf(form);
  if (!list) return;
  if (form.matches("[data-list-columns]")) {
    event.preventDefault();
    const columns = chosenColumns(form);
    if (columns) goToColumns(list, columns);
  } else if (form.matches("[data-list-form]")) {
    // The filters may have changed since the form was printed.
    form.querySelector("[name=query]").value = queryOf(list);
  }
}

export function listenForListTools() {
  document.addEventListener("click", onClick);
  document.addEventListener("submit", onSubmit, { capture: true });
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target?.id === "list-dialog-body") show(detail.target.closest("dialog"));
  });
}
