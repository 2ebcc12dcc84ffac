// [data-copy="<id of a field>"] copies what the field holds and says so.

async function copy(button) {
  const field = document.getElementById(button.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    return; // without permission, or off a secure address: what is selected can be copied by hand
  }
  const words = button.querySelector("span");
  words.textContent = button.dataset.copied;
}

export function listenForCopies() {
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-copy]");
    if (button) copy(button);
  });
}
