// Collecting by keyboard: through the worklist, into a customer, the outcome by its number, on to the next customer.
const TYPING = "input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]";

function step(rows, by) {
  const here = rows.findIndex((row) => row.contains(document.activeElement));
  const next = here < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(here + by, 0), rows.length - 1);
  rows[next].querySelector("[data-work-link]").focus();
  rows[next].scrollIntoView({ block: "nearest" });
}

function onList(event) {
  const rows = [...document.querySelectorAll("[data-work-row]")];
  if (rows.length === 0) return false;
  const row = rows.find((each) => each.contains(document.activeElement));
  const outcome = row?.querySelector("[data-work-outcome]");
  if (event.key === "j" || event.key === "k") step(rows, event.key === "j" ? 1 : -1);
  else if (event.key === "r" && outcome) {
    outcome.open = true;
    outcome.querySelector(".work-choice").focus();
  } else if (event.key === "Escape" && outcome?.open) {
    outcome.open = false;
    row.querySelector("[data-work-link]").focus();
  } else return false;
  return true;
}

function onCase(event) {
  if (!document.querySelector("[data-case]")) return false;
  const form = document.getElementById("contact-form");
  const radio = form?.querySelector(`[data-case-key="${event.key}"]`);
  const chosen = form?.querySelector("[data-case-key]:checked");
  if (radio) {
    radio.checked = true;
    radio.focus();
    const wanted = getComputedStyle(form.querySelector(".case-promise")).display !== "none";
    if (wanted) form.querySelector(".case-promise input").focus();
  } else if (event.key === "j") document.querySelector("[data-case-next]")?.click();
  else if (event.key === "k") document.querySelector("[data-case-previous]")?.click();
  else if (event.key === "Enter" && chosen && (document.activeElement === chosen || document.activeElement === document.body))
    form.requestSubmit(form.querySelector(".case-save button"));
  else return false;
  return true;
}

export function listenForCollecting() {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.(TYPING) || document.querySelector("dialog[open]")) return;
    if (onList(event) || onCase(event)) event.preventDefault();
  });
  // One menu of outcomes is open at a time.
  document.addEventListener(
    "toggle",
    ({ target }) => {
      if (!target.matches?.("[data-work-outcome]") || !target.open) return;
      for (const other of document.querySelectorAll("[data-work-outcome][open]")) if (other !== target) other.open = false;
    },
    { capture: true },
  );
}
