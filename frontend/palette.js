// The command palette: Ctrl-K or Cmd-K anywhere, "/" where no list takes it. The server answers with groups of
// lines (search/results.html); here they are chosen with the keyboard, and what was opened last is remembered.

const RECENT = 6;
const PAUSE_MS = 60;

const palette = () => document.querySelector("#palette");
const input = (box) => box.querySelector(".palette-input");
const list = (box) => box.querySelector(".palette-list");
const lines = (box) => [...box.querySelectorAll(".find:not([hidden])")];
const recentKey = (box) => `huikuan-recent:${box.dataset.paletteOf}`;

let timer = 0;
let asking = null;
let opened = null; // what had the focus before
let enterWaits = false;
const empties = new Map(); // the answer to no words, so that the palette opens with something in it

function recent(box) {
  try {
    const kept = JSON.parse(window.localStorage.getItem(recentKey(box)) || "[]");
    return Array.isArray(kept) ? kept.filter((one) => String(one.url).startsWith("/")) : [];
  } catch {
    return [];
  }
}

function remember(box, line) {
  if (line.dataset.passing !== undefined || line.dataset.press || line.dataset.themeChoice) return;
  const one = {
    url: line.getAttribute("href"),
    label: line.querySelector(".find-label").textContent,
    note: line.querySelector(".find-note")?.textContent ?? "",
    icon: line.querySelector("use")?.getAttribute("href") ?? "",
  };
  try {
    const others = recent(box).filter(({ url }) => url !== one.url);
    window.localStorage.setItem(recentKey(box), JSON.stringify([one, ...others].slice(0, RECENT)));
  } catch {
    // Without storage nothing is remembered.
  }
}

/** Lines are built from text, never from markup: what is kept came from people's data. */
function recentGroup(box) {
  const kept = recent(box);
  if (kept.length === 0) return null;
  const group = box.querySelector("template[data-palette-recent]").content.cloneNode(true).firstElementChild;
  for (const [number, one] of kept.entries()) {
    const line = document.createElement("a");
    line.className = "find";
    line.id = `find-recent-${number}`;
    line.setAttribute("role", "option");
    line.setAttribute("aria-selected", "false");
    line.tabIndex = -1;
    line.href = one.url;
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    if (String(one.icon).startsWith("/static/")) use.setAttribute("href", one.icon);
    svg.append(use);
    const text = document.createElement("span");
    text.className = "find-text";
    for (const [name, words] of [["find-label", one.label], ["find-note", one.note]]) {
      if (!words) continue;
      const part = document.createElement("span");
      part.className = name;
      part.textContent = words;
      text.append(part);
    }
    line.append(svg, text);
    group.append(line);
  }
  return group;
}

function choose(box, line, scroll = true) {
  for (const other of box.querySelectorAll(".find[aria-selected=true]")) other.setAttribute("aria-selected", "false");
  if (!line) {
    input(box).removeAttribute("aria-activedescendant");
    return;
  }
  line.setAttribute("aria-selected", "true");
  input(box).setAttribute("aria-activedescendant", line.id);
  if (scroll) line.scrollIntoView({ block: "nearest" });
}

const chosen = (box) => box.querySelector(".find[aria-selected=true]");

function show(box, html, words) {
  const place = list(box);
  place.innerHTML = html;
  place.scrollTop = 0;
  place.setAttribute("aria-busy", "false");
  if (!words) {
    const group = recentGroup(box);
    if (group) place.prepend(group);
  }
  // What is done to a part of the page is offered only where the page has it.
  for (const line of place.querySelectorAll("[data-press]")) {
    const target = document.querySelector(line.dataset.press);
    if (!target) line.remove();
  }
  for (const group of place.querySelectorAll(".finds")) if (!group.querySelector(".find")) group.remove();
  const count = lines(box).length;
  const said = box.querySelector("[data-palette-said]");
  said.textContent = count ? said.dataset.one.replace("{n}", count) : said.dataset.none;
  choose(box, lines(box)[0]);
  if (enterWaits) {
    enterWaits = false;
    open(box, lines(box)[0]);
  }
}

async function ask(box) {
  const words = input(box).value.trim();
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking;
  list(box).setAttribute("aria-busy", "true");
  try {
    const address = `${box.dataset.palette}?q=${encodeURIComponent(words)}`;
    const answer = await fetch(address, { signal, headers: { "HX-Request": "true" } });
    if (answer.redirected) {
      window.location.reload(); // signed out meanwhile
      return;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    const html = await answer.text();
    if (!words) empties.set(box.dataset.palette, html);
    if (!signal.aborted) show(box, html, words);
  } catch (error) {
    if (error.name === "AbortError") return;
    enterWaits = false;
    list(box).replaceChildren(box.querySelector("template[data-palette-failed]").content.cloneNode(true));
    list(box).setAttribute("aria-busy", "false");
  } finally {
    if (!signal.aborted) asking = null;
  }
}

function forget() {
  clearTimeout(timer);
  timer = 0;
  enterWaits = false;
  asking?.abort();
  asking = null;
}

function openPalette() {
  const box = palette();
  if (!box || box.open) return;
  forget();
  opened = document.activeElement;
  input(box).value = "";
  const known = empties.get(box.dataset.palette);
  if (known) show(box, known, "");
  box.showModal();
  input(box).focus();
  ask(box);
}

function open(box, line, event) {
  if (!line) return;
  remember(box, line);
  const { press, themeChoice } = line.dataset;
  if (press || themeChoice) {
    event?.preventDefault();
    box.close();
    if (themeChoice) document.querySelector(`.user-pick[data-theme-choice="${themeChoice}"]`)?.click();
    else {
      const target = document.querySelector(press);
      if (target?.matches("textarea, input")) {
        target.scrollIntoView({ block: "center" });
        target.focus();
      } else target?.click();
    }
    return;
  }
  if (event?.type === "click") return; // the link itself
  if (event?.ctrlKey || event?.metaKey) window.open(line.href, "_blank", "noopener");
  else window.location.assign(line.href);
  box.close();
}

function move(box, step) {
  const all = lines(box);
  if (all.length === 0) return;
  const place = all.indexOf(chosen(box));
  choose(box, all[(place + step + all.length) % all.length]);
}

function onKey(event) {
  const box = event.currentTarget;
  if (event.isComposing) return;
  const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 6, PageUp: -6 };
  if (event.key in steps) {
    event.preventDefault();
    move(box, steps[event.key]);
  } else if ((event.key === "Home" || event.key === "End") && event.ctrlKey) {
    event.preventDefault();
    choose(box, lines(box).at(event.key === "Home" ? 0 : -1));
  } else if (event.key === "Enter" && event.target === input(box)) {
    event.preventDefault();
    // Typed faster than answered: the first line of the answer is meant.
    if (timer || asking) enterWaits = true;
    else open(box, chosen(box), event);
  } else if (event.key === "Tab") {
    event.preventDefault(); // the field keeps the focus; the lines are chosen with the arrows
    move(box, event.shiftKey ? -1 : 1);
  }
}

function enliven(box) {
  input(box).addEventListener("input", () => {
    enterWaits = false;
    asking?.abort(); // an answer to other words must not be taken for this one's
    asking = null;
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = 0;
      ask(box);
    }, PAUSE_MS);
  });
  box.addEventListener("keydown", onKey);
  box.addEventListener("click", (event) => {
    const line = event.target.closest(".find");
    if (line) open(box, line, event);
    else if (event.target === box || event.target.closest("[data-palette-close]")) box.close();
  });
  box.addEventListener("pointermove", (event) => {
    const line = event.target.closest(".find");
    if (line && line !== chosen(box)) choose(box, line, false);
  });
  box.addEventListener("close", () => {
    if (box.open) return; // opened again before the browser told of the closing
    forget();
    if (document.activeElement === document.body) opened?.focus?.();
  });
}

export function listenForPalette() {
  const box = palette();
  if (!box) return;
  enliven(box);
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.defaultPrevented) return;
    // Just closed, the palette's own field may have the focus for a moment longer.
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]") && !event.target.closest("dialog:not([open])");
    const chord = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
    const plain = !typing && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (chord || (event.key === "/" && plain)) {
      event.preventDefault();
      if (box.open) box.close();
      else openPalette();
    } else if (event.key === "?" && plain && !box.open) {
      document.querySelector("[data-help-button]")?.click();
    }
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-palette-open]") || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    openPalette();
  });
  // On a shared computer the next person does not see what the last one opened.
  document.addEventListener("submit", (event) => {
    if (!event.target.querySelector?.("[data-sign-out]")) return;
    for (const key of Object.keys(window.localStorage)) if (key.startsWith("huikuan-recent:")) window.localStorage.removeItem(key);
  });
}
