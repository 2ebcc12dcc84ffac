// Short messages at the edge of the window: good news leaves by itself, the rest waits to be read.

const READING_MS = 7000;

function arm(toast) {
  if (toast.dataset.armed) return;
  toast.dataset.armed = "yes";
  toast.querySelector("[data-dismiss]")?.addEventListener("click", () => toast.remove());
  if (toast.dataset.stays !== undefined) return;
  let timer = setTimeout(() => toast.remove(), READING_MS);
  toast.addEventListener("pointerenter", () => clearTimeout(timer));
  toast.addEventListener("pointerleave", () => {
    timer = setTimeout(() => toast.remove(), READING_MS / 2);
  });
}

export function showToasts(root) {
  for (const toast of root.querySelectorAll("[data-toast]")) arm(toast);
  if (root.matches?.("[data-toast]")) arm(root);
}

/** Add a toast made from the page's own (translated) template: name is "offline" or "failed". */
function add(name) {
  const box = document.querySelector("#toasts");
  const template = document.querySelector(`template[data-toast-template="${name}"]`);
  if (!box || !template || box.querySelector(`[data-toast-name="${name}"]`)) return;
  box.append(template.content.cloneNode(true));
  showToasts(box);
}

export function listenForRequestErrors() {
  document.addEventListener("htmx:sendError", () => add("offline"));
  document.addEventListener("htmx:timeout", () => add("offline"));
  document.addEventListener("htmx:responseError", () => add("failed"));
}
