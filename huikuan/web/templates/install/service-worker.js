// Keeps files whose names carry a hash of their content, and the page that is shown without a network.
// Never keeps a page or any other answer about an organization: signing out leaves nothing behind.
"use strict";

const CACHE = "huikuan-{{ version }}";
const OFFLINE = {{ offline|safe }};
const KEPT = {{ kept|safe }};
const ASSETS = "{{ assets|safe }}";
const LANGUAGE = "/offline/language"; // which of the offline pages; written by the last page that was open

self.addEventListener("install", (event) => {
  const fresh = KEPT.map((address) => new Request(address, { cache: "reload", credentials: "omit" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(fresh)));
  self.skipWaiting();
});

async function leaveOnlyThisVersion() {
  const language = await caches.match(LANGUAGE);
  const names = (await caches.keys()).filter((name) => name.startsWith("huikuan-") && name !== CACHE);
  await Promise.all(names.map((name) => caches.delete(name)));
  if (language) await (await caches.open(CACHE)).put(LANGUAGE, language);
  await self.clients.claim();
}

self.addEventListener("activate", (event) => event.waitUntil(leaveOnlyThisVersion()));

self.addEventListener("message", (event) => {
  const language = String(event.data?.language ?? "").toLowerCase();
  if (!(language in OFFLINE)) return;
  event.waitUntil(caches.open(CACHE).then((cache) => cache.put(LANGUAGE, new Response(language))));
});

async function offlinePage() {
  const kept = await caches.match(LANGUAGE);
  const language = kept ? await kept.text() : Object.keys(OFFLINE)[0];
  return (await caches.match(OFFLINE[language])) ?? Response.error();
}

async function asset(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(fetch(request).catch(offlinePage));
  else if (request.method === "GET" && url.pathname.startsWith(ASSETS)) event.respondWith(asset(request));
  else if (request.method === "GET" && KEPT.includes(url.pathname))
    event.respondWith(fetch(request).catch(() => caches.match(request)));
});
