// A slider says its number beside it while it is dragged.

export function listenForSliders() {
  document.addEventListener("input", ({ target }) => {
    if (!target.matches("input[type=range]")) return;
    const output = target.closest(".field")?.querySelector("output");
    if (output) output.textContent = target.value;
  });
}
