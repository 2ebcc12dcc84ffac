// Tables: a click anywhere in a row opens it; edges that show there is more to scroll to.

const INTERACTIVE = "a, button, input, select, textarea, label, summary, [data-bs-toggle]";

function follow(url, event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button === 1) window.open(url, "_blank", "noopener");
  else window.location.assign(url);
}

export function listenForRowClicks() {
  const onClick = (event) => {
    if (event.button > 1 || event.defaultPrevented) return;
    const row = event.target.closest?.("tr[data-href]");
    if (!row || event.target.closest(INTERACTIVE)) return;
    if (window.getSelection()?.toString()) return;
    follow(row.dataset.href, event);
  };
  document.addEventListener("click", onClick);
  document.addEventListener("auxclick", onClick);
}

// Empty filters stay out of the address.
export function listenForFilters() {
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.verb !== "get") return;
    for (const [name, value] of [...detail.formData.entries()]) if (value === "") detail.formData.delete(name);
  });
}

// The shadows at a table's edges lie behind its cells, so they are drawn only where a table really overflows.
const overflow = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const scrolls = target.scrollWidth > target.clientWidth + 1;
    target.classList.toggle("table-scroll", scrolls);
    // A box that scrolls must be reachable with the keyboard.
    if (scrolls) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});

export function markScrollable(root) {
  for (const box of root.querySelectorAll(".table-responsive")) overflow.observe(box);
}
