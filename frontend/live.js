// Open pages follow the books: the server says that something was recorded, and every part with data-live is
// fetched again (from the address it names, or the page's own) and put in place. Where somebody is typing, nothing
// is touched.

import htmx from "htmx.org";

const GATHER_MS = 300;
const LEAST_MS = 900; // between two rounds, however much happens
const HIDDEN_MS = 20_000; // a tab that nobody sees lets go of its stream
const BACKOFF_MS = [1000, 2000, 5000, 10_000, 30_000];

let source = null;
let failures = 0;
let timer = 0;
let hiddenTimer = 0;
let lastRound = 0;
let missed = false; // something may have happened while nobody listened
let again = false;
let busy = false;

function gather() {
  if (timer) return;
  const wait = Math.max(GATHER_MS, lastRound + LEAST_MS - Date.now());
  timer = setTimeout(() => {
    timer = 0;
    document.body.dispatchEvent(new CustomEvent("huikuan:changed"));
  }, wait);
}

/** Whether somebody is in the middle of something there: typing, or with a menu or details unfolded. */
function inUse(part) {
  const active = document.activeElement;
  if (part.contains(active) && active.matches("input, textarea, select")) return true;
  if (part.querySelector(".show, details[open], .htmx-request")) return true;
  return [...part.querySelectorAll("textarea, input:not([type=hidden])")].some((field) => field.value !== field.defaultValue);
}

/** The path from the part to the element that has the focus, so that its successor gets it. */
function focusPlace(part) {
  const active = document.activeElement;
  if (!part.contains(active) || part === active) return null;
  const stops = [...part.querySelectorAll("a[href], button, summary, [tabindex]")];
  return stops.indexOf(active);
}

const plain = (element) => element.outerHTML.replace(/name="csrfmiddlewaretoken" value="[^"]*"/g, "");
const served = new WeakMap();

function replace(part, fresh) {
  const text = plain(fresh);
  if (inUse(part) || text === (served.get(part) ?? plain(part))) {
    return;
  }
  const place = focusPlace(part);
  const selected = window.getSelection();
  if (selected && !selected.isCollapsed && part.contains(selected.anchorNode)) return;
  const made = document.importNode(fresh, true);
  part.replaceWith(made);
  served.set(made, text);
  htmx.process(made);
  htmx.trigger(made, "htmx:load");
  if (place !== null && place >= 0) made.querySelectorAll("a[href], button, summary, [tabindex]")[place]?.focus({ preventScroll: true });
  made.dispatchEvent(new CustomEvent("huikuan:replaced", { bubbles: true }));
}

async function fetchParts(url, parts) {
  const own = url === window.location.href;
  const answer = await fetch(url, { headers: own ? {} : { "HX-Request": "true" } });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of parts) {
    const fresh = page.getElementById(part.id);
    if (fresh && part.isConnected) replace(part, fresh);
  }
}

async function refresh() {
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  lastRound = Date.now();
  const byAddress = new Map();
  for (const part of document.querySelectorAll("[data-live][id]")) {
    const url = new URL(part.dataset.live || window.location.href, window.location.href).href;
    byAddress.set(url, [...(byAddress.get(url) ?? []), part]);
  }
  // One that fails keeps what it shows; the next event tries again.
  await Promise.allSettled([...byAddress].map(([url, parts]) => fetchParts(url, parts)));
  busy = false;
  if (again) {
    again = false;
    gather();
  }
}

function close() {
  source?.close();
  source = null;
}

function connect(url) {
  if (source || document.hidden) return;
  source = new EventSource(url);
  source.addEventListener("open", () => {
    failures = 0;
    if (missed) gather();
    missed = true;
  });
  source.addEventListener("changed", gather);
  source.addEventListener("error", () => {
    // An ended stream is opened again by the browser; one that was refused, by us, after a while.
    if (source?.readyState !== EventSource.CLOSED) return;
    close();
    const wait = BACKOFF_MS[Math.min(failures, BACKOFF_MS.length - 1)];
    failures += 1;
    setTimeout(() => connect(url), wait * (0.8 + Math.random() * 0.4));
  });
}

export function listenForChanges() {
  const url = document.querySelector("[data-live-url]")?.dataset.liveUrl;
  document.body.addEventListener("huikuan:changed", refresh);
  if (!url) return;
  connect(url);
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hiddenTimer);
    if (document.hidden) hiddenTimer = setTimeout(close, HIDDEN_MS);
    else connect(url);
  });
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) connect(url);
  });
}
