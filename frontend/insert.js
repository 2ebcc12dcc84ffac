// Buttons with data-insert put their text into the field of their form that was last used and takes it: data-insert-here,
// or an input of the same form that had the cursor.
let last = null;

export function listenForInserts() {
  document.addEventListener("focusin", (event) => {
    const field = event.target;
    if (field instanceof Element && field.matches("textarea, input[type=text]") && field.form?.querySelector("[data-insert]")) last = field;
  });
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-insert]") : null;
    if (!button) return;
    const form = button.closest("form");
    const field = last && last.form === form && form.contains(last) ? last : form.querySelector("[data-insert-here]");
    if (!field) return;
    field.focus();
    field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
