// Light, dark, or as the system says. Loaded in the head, before anything is painted, so that a page never
// flashes in the other theme; remembered in localStorage and in a cookie, from which the server can render.
(function () {
  "use strict";
  var KEY = "huikuan_theme";
  var root = document.documentElement;
  var night = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    var theme = null;
    try {
      theme = window.localStorage.getItem(KEY);
    } catch (error) {
      // Storage may be forbidden; the cookie remains.
    }
    if (!theme) theme = (document.cookie.match(/(?:^|; )huikuan_theme=(light|dark|auto)/) || [])[1];
    return theme === "light" || theme === "dark" ? theme : "auto";
  }

  function apply() {
    var theme = chosen();
    var shown = theme === "auto" ? (night.matches ? "dark" : "light") : theme;
    var changed = root.getAttribute("data-bs-theme") !== shown;
    root.setAttribute("data-theme", theme);
    root.setAttribute("data-bs-theme", shown);
    document.querySelectorAll("[data-theme-choice]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.getAttribute("data-theme-choice") === theme));
    });
    if (changed) document.dispatchEvent(new CustomEvent("huikuan:theme"));
  }

  function choose(theme) {
    try {
      window.localStorage.setItem(KEY, theme);
    } catch (error) {
      // As above.
    }
    document.cookie = KEY + "=" + theme + "; path=/; max-age=31536000; samesite=lax";
    apply();
  }

  apply();
  night.addEventListener("change", apply);
  document.addEventListener("DOMContentLoaded", apply);
  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("[data-theme-choice]");
    if (button) choose(button.getAttribute("data-theme-choice"));
  });
})();
