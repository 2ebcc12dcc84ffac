// Entry of every page. Everything works by attributes that the templates carry; no page has a script of its own.
import "./styles/main.css";
import htmx from "htmx.org";
import "@tabler/core/js/src/bootstrap/dropdown.ts";
import "@tabler/core/js/src/bootstrap/offcanvas.ts";
import "@tabler/core/js/src/bootstrap/collapse.ts";
import "@tabler/core/js/src/bootstrap/modal.ts";
import { listenForDemoAccounts } from "./demo-accounts.js";
import { enlivenImports, listenForImports } from "./import.js";
import { listenForFilters, listenForRowClicks, listenForSearchKey, markScrollable } from "./lists.js";
import { listenForRequestErrors, showToasts } from "./toasts.js";

function loadCharts(root) {
  const holders = root.querySelectorAll("[data-chart]");
  if (holders.length > 0) import("./charts.js").then(({ drawCharts }) => drawCharts(holders));
}

function enliven(root) {
  loadCharts(root);
  showToasts(root);
  markScrollable(root);
  enlivenImports(root);
}

listenForRowClicks();
listenForFilters();
listenForSearchKey();
listenForRequestErrors();
listenForDemoAccounts();
listenForImports();
enliven(document);
htmx.on("htmx:load", (event) => {
  if (event.target !== document.body) enliven(event.target);
});
