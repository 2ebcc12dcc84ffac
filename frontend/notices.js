// Notes: the list of colleagues after an @, Ctrl-Enter to save; links of the help drawer stay in it.

import htmx from "htmx.org";

const PAUSE_MS = 120;
// "a@b" is an address; what follows a sign of punctuation, a space or a Chinese character is a mention.
const TOKEN = /(?<![A-Za-z0-9._%+-])@([^\s@，。、,;；:：]{0,20})$/u;

let menu = null;
let field = null;
let timer = 0;
let round = 0;

function close() {
  menu?.remove();
  menu = null;
  round += 1;
  field?.removeAttribute("aria-activedescendant");
  field?.setAttribute("aria-expanded", "false");
}

const token = () => TOKEN.exec(field.value.slice(0, field.selectionStart));

function choose(line) {
  for (const other of menu.children) other.setAttribute("aria-selected", String(other === line));
  field.setAttribute("aria-activedescendant", line.id);
  line.scrollIntoView({ block: "nearest" });
}

function take(line) {
  const found = token();
  if (!found) return close();
  const start = found.index;
  field.setRangeText(`@${line.dataset.handle} `, start, field.selectionStart, "end");
  close();
  field.focus();
}

function show(people) {
  close();
  if (people.length === 0) return;
  menu = document.createElement("div");
  menu.className = "mention-menu dropdown-menu show";
  menu.id = "mention-menu";
  menu.setAttribute("role", "listbox");
  for (const [number, person] of people.entries()) {
    const line = document.createElement("div");
    line.className = "dropdown-item";
    line.id = `mention-${number}`;
    line.setAttribute("role", "option");
    line.dataset.handle = person.handle;
    const initial = document.createElement("span");
    initial.className = "user-initials";
    initial.textContent = [...person.name][0] ?? "";
    const name = document.createElement("span");
    name.textContent = person.handle;
    line.append(initial, name);
    line.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      take(line);
    });
    menu.append(line);
  }
  field.after(menu);
  field.setAttribute("aria-expanded", "true");
  field.setAttribute("aria-controls", menu.id);
  choose(menu.firstElementChild);
}

async function suggest() {
  const found = token();
  if (!found) return close();
  round += 1;
  const mine = round;
  try {
    const answer = await fetch(`${field.dataset.mentions}?q=${encodeURIComponent(found[1])}`);
    if (!answer.ok || answer.redirected) return close();
    const { people } = await answer.json();
    if (mine === round && document.activeElement === field) show(people);
  } catch {
    close(); // without the list a name can still be typed
  }
}

function onKey(event) {
  if (event.isComposing) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    close();
    event.target.form.requestSubmit(event.target.form.querySelector(".btn-primary"));
    return;
  }
  if (!menu) return;
  const lines = [...menu.children];
  const place = lines.findIndex((line) => line.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    choose(lines[(place + (event.key === "ArrowDown" ? 1 : -1) + lines.length) % lines.length]);
  } else if (event.key === "Enter" || event.key === "Tab") {
    event.preventDefault();
    take(lines[place]);
  } else if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    close();
  }
}

export function listenForMentions() {
  const mentions = (event) => event.target.matches?.("textarea[data-mentions]");
  document.addEventListener("input", (event) => {
    if (!mentions(event)) return;
    if (field !== event.target) close();
    field = event.target;
    clearTimeout(timer);
    timer = setTimeout(suggest, PAUSE_MS);
  });
  document.addEventListener("keydown", (event) => {
    if (mentions(event)) onKey(event);
  });
  document.addEventListener("focusout", (event) => {
    if (menu && event.target === field) setTimeout(close, 150);
  });
}

export function listenForHelp() {
  const body = document.querySelector("#help-body");
  body?.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || link.dataset.outside !== undefined || link.target || event.ctrlKey || event.metaKey) return;
    if (link.origin !== window.location.origin || link.getAttribute("href").startsWith("#")) return;
    event.preventDefault();
    htmx.ajax("GET", link.pathname, { target: "#help-body", swap: "innerHTML show:top" });
  });
}
