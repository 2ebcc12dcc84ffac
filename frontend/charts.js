// Draws every [data-chart] holder from the JSON it carries (see templates/components/chart.html). Loaded only on
// pages with a chart. Canvas and tooltips made of elements: nothing here needs an inline style in the page.
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { chartOption } from "./chart-option.js";
import { pointOf } from "./chart-figures.js";
import { dataTable } from "./chart-table.js";

use([GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

// Each kind of mark is a file of its own, fetched when the page has one.
const KINDS = {
  bar: () => import("./chart-kinds/bar.js"),
  "bar-rows": () => import("./chart-kinds/bar.js"),
  line: () => import("./chart-kinds/line.js"),
  pie: () => import("./chart-kinds/pie.js"),
  waterfall: () => import("./chart-kinds/bar.js"),
  heat: () => import("./chart-kinds/heat.js"),
  squares: () => import("./chart-kinds/heat.js"),
};
const drawn = new Map();

async function learnKinds(data) {
  const names = new Set([data.kind, ...data.series.map((series) => series.kind ?? data.kind)]);
  const modules = await Promise.all([...names].map((name) => KINDS[name]()));
  use(modules.map(({ kind }) => kind));
}

function read(holder) {
  return JSON.parse(holder.dataset.chart);
}

async function draw(holder) {
  const data = read(holder);
  drawn.set(holder, null);
  await learnKinds(data);
  const canvas = holder.querySelector(".plot-canvas");
  const chart = init(canvas, null, { renderer: "canvas" });
  chart.setOption(chartOption(data, canvas));
  chart.on("click", (event) => {
    const url = pointOf(data, event)?.url;
    if (url) window.location.assign(url);
  });
  const redraw = new ResizeObserver(() => {
    chart.resize();
    chart.setOption(chartOption(data, canvas), { notMerge: true });
  });
  redraw.observe(canvas);
  holder.querySelector(".plot-data")?.append(dataTable(data, holder.dataset));
  drawn.set(holder, { chart, data, canvas, redraw });
}

function forgetRemoved() {
  for (const [holder, parts] of drawn) {
    if (holder.isConnected) continue;
    parts?.redraw.disconnect();
    parts?.chart.dispose();
    drawn.delete(holder);
  }
}

export function drawCharts(holders) {
  forgetRemoved();
  for (const holder of holders) if (!drawn.has(holder)) draw(holder);
}

/** The picture of a chart as a file, on the page's ground so that it can be put anywhere. */
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-chart-picture]");
  const parts = button && drawn.get(document.getElementById(button.dataset.chartPicture));
  if (!parts) return;
  const link = document.createElement("a");
  link.href = parts.chart.getDataURL({ type: "png", pixelRatio: 2, backgroundColor: getComputedStyle(parts.canvas.closest(".card") ?? document.body).backgroundColor });
  link.download = `${button.dataset.name || "chart"}.png`;
  link.click();
});

document.addEventListener("huikuan:theme", () => {
  for (const parts of drawn.values()) {
    parts?.chart.setOption(chartOption(parts.data, parts.canvas), { notMerge: true });
  }
});
