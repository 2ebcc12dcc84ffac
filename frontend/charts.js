// Draws every [data-chart] holder from the JSON it carries (see templates/components/chart.html). Loaded only on
// pages with a chart. Canvas and tooltips made of elements: nothing here needs an inline style in the page.
import { GridComponent, LegendPlainComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { chartOption } from "./chart-option.js";
import { dataTable } from "./chart-table.js";

use([GridComponent, LegendPlainComponent, TooltipComponent, CanvasRenderer]);

// Each kind of mark is a file of its own, fetched when the page has one.
const KINDS = {
  bar: () => import("./chart-kinds/bar.js"),
  "bar-rows": () => import("./chart-kinds/bar.js"),
  line: () => import("./chart-kinds/line.js"),
  pie: () => import("./chart-kinds/pie.js"),
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

/** Where a click on a mark leads: the rows that make its number. */
function urlOf(data, { seriesIndex, dataIndex }) {
  return data.series[data.kind === "pie" ? 0 : seriesIndex]?.points[dataIndex]?.url;
}

async function draw(holder) {
  const data = read(holder);
  drawn.set(holder, null);
  await learnKinds(data);
  const canvas = holder.querySelector(".plot-canvas");
  const chart = init(canvas, null, { renderer: "canvas" });
  chart.setOption(chartOption(data, canvas));
  chart.on("click", (event) => {
    const url = urlOf(data, event);
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

document.addEventListener("huikuan:theme", () => {
  for (const parts of drawn.values()) {
    parts?.chart.setOption(chartOption(parts.data, parts.canvas), { notMerge: true });
  }
});
