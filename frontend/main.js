// Entry of every page. Everything works by attributes that the templates carry; no page has a script of its own.
import "./styles/main.css";
import htmx from "htmx.org";
import "@tabler/core/js/src/bootstrap/dropdown.ts";
import "@tabler/core/js/src/bootstrap/offcanvas.ts";
import "@tabler/core/js/src/bootstrap/collapse.ts";
import { listenForCollecting } from "./collection.js";
import { listenForCopies } from "./copy.js";
import { listenForDemoAccounts } from "./demo-accounts.js";
import { listenForDialogs } from "./dialogs.js";
import { listenForAttachments } from "./files.js";
import { enlivenImports, listenForImports } from "./import.js";
import { listenForFiles } from "./list-files.js";
import { listenForInserts } from "./insert.js";
import { keepForOffline } from "./install.js";
import { enlivenList, listenForChoices, listenForListKeys } from "./list-rows.js";
import { listenForListTools } from "./list-tools.js";
import { listenForFilters, listenForRowClicks, markScrollable } from "./lists.js";
import { listenForChanges } from "./live.js";
import { listenForHelp, listenForMentions } from "./notices.js";
import { listenForPalette } from "./palette.js";
import { showCurrentSetting } from "./settings.js";
import { listenForSliders } from "./sliders.js";
import { listenForRequestErrors, showToasts } from "./toasts.js";
import { offerTour } from "./tour.js";
import { enlivenVoucher } from "./voucher.js";
import { enlivenWorkbench, listenForWorkbench } from "./workbench.js";

function loadCharts(root) {
  const holders = [...root.querySelectorAll("[data-chart]")];
  if (root instanceof Element && root.matches("[data-chart]")) holders.push(root);
  if (holders.length > 0) import("./charts.js").then(({ drawCharts }) => drawCharts(holders));
}

function enliven(root) {
  loadCharts(root);
  showToasts(root);
  markScrollable(root);
  enlivenImports(root);
  enlivenList(root);
  enlivenVoucher(root);
  enlivenWorkbench(root);
}

listenForDialogs();
listenForWorkbench();
listenForCollecting();
listenForCopies();
listenForInserts();
listenForSliders();
listenForListKeys();
listenForRowClicks();
listenForChoices();
listenForFiles();
listenForListTools();
listenForFilters();
listenForAttachments();
listenForRequestErrors();
listenForDemoAccounts();
listenForImports();
listenForPalette();
listenForMentions();
listenForHelp();
listenForChanges();
enliven(document);
offerTour();
keepForOffline();
showCurrentSetting();
htmx.on("htmx:load", (event) => {
  if (event.target !== document.body) enliven(event.target);
});
