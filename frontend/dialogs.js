// Dialogs over the page (templates/components/modal.html): a button opens one by its id, another closes it.

export function show(dialog) {
  if (dialog && !dialog.open) dialog.showModal();
}

function onClick({ target }) {
  const opener = target.closest("[data-dialog-open]");
  if (opener) show(document.getElementById(opener.dataset.dialogOpen));
  // A click on the dialog itself is one beside what stands in it.
  if (target.closest("[data-dialog-close]") || target.matches("dialog.dialog")) target.closest("dialog")?.close();
}

export function listenForDialogs() {
  document.addEventListener("click", onClick);
}
