// The service worker keeps assets and the offline page; it is told which language that page should speak.
export function keepForOffline() {
  if (!("serviceWorker" in navigator) || !window.isSecureContext) return;
  window.addEventListener("load", async () => {
    try {
      await navigator.serviceWorker.register("/service-worker.js");
      const { active } = await navigator.serviceWorker.ready;
      active.postMessage({ language: document.documentElement.lang });
    } catch {
      // A browser may forbid it (private windows); everything works without.
    }
  });
}
