// From a chart's data to what ECharts draws, in the colours of the current theme.
import { exact, fitted, pointOf, seriesOf, short } from "./chart-figures.js";
import { heat, squares, waterfall } from "./chart-shapes.js";

const SERIES_COLOURS = 8;
const MOST_LEGEND_LINES = 3; // more are leafed through
const MOST_LABELS = 8; // side by side on a phone
const NAME_LETTERS = 10; // longer categories are names, which may take several lines
const NAME_LINES = 3;
const LEAST_NAME_PX = 36;
// Below so many pixels for each bar its name has no room: some names are left out.
const LEAST_LABEL_PX = 30;
const TIGHT_PX = 44; // between bars: figures above them without decimals
const SHARES_WIDTH = 0.85; // of the plot: the line of shares ends before its edge

/** Resolves a colour variable: a canvas does not understand light-dark() or var(). */
function palette(element) {
  const probe = document.createElement("i");
  probe.hidden = true;
  element.append(probe);
  const colour = (name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const colours = {
    text: colour("--tblr-secondary"),
    strong: colour("--tblr-heading-color"),
    line: colour("--tblr-border-color"),
    surface: colour("--tblr-bg-surface"),
    series: Array.from({ length: SERIES_COLOURS }, (_, index) => colour(`--hk-series-${index}`)),
    tone: (tone) => colour(tone.startsWith("age-") ? `--hk-${tone}` : `--hk-${tone}`),
  };
  colours.resolve = (tone, index) => (tone ? colours.tone(tone) : colours.series[index % SERIES_COLOURS]);
  colours.done = () => probe.remove();
  return colours;
}

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

/** What the tooltip of a mark is about. */
function headOf(data, mark) {
  if (data.kind === "heat") return data.categories[mark.value[0]];
  return data.kind === "squares" ? data.categories[mark.value[3]] : mark.name;
}

/** The tooltip as elements: names, exact figures and, where there is one, the hint that a click leads on. */
function tip(data, holder) {
  return (params) => {
    const marks = Array.isArray(params) ? params : [params];
    const box = element("div", "plot-tip");
    box.append(element("b", "", headOf(data, marks[0])));
    for (const mark of marks) {
      const series = seriesOf(data, mark);
      const point = pointOf(data, mark);
      const row = element("div", "plot-tip-row");
      const figure = exact(point.value, series.unit ?? data.unit);
      row.append(
        element("span", "", data.kind !== "pie" && series.name ? series.name : data.currency || data.unit || ""),
        element("b", "", figure),
      );
      box.append(row);
      if (point.note) box.append(element("div", "plot-tip-more", point.note));
    }
    const leads = marks.some((mark) => pointOf(data, mark).url);
    if (leads) box.append(element("div", "plot-tip-more", holder.dataset.more));
    return box;
  };
}

/** Whether the series are named below: not where the page says what the second one is. */
function hasLegend(data) {
  return data.legend !== false && data.kind !== "heat" && (data.series.length > 1 || data.kind === "pie");
}

function common(data, colours, canvas, size) {
  const holder = canvas.closest("[data-chart]");
  const several = hasLegend(data);
  return {
    animationDuration: window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 350,
    animationDurationUpdate: 0, // a resized chart is drawn at its place at once
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12 },
    legend: {
      show: several,
      type: several && wantedLines(data, size) > MOST_LEGEND_LINES ? "scroll" : "plain",
      pageIconColor: colours.strong,
      pageTextStyle: { color: colours.text },
      bottom: 0,
      icon: "roundRect",
      itemWidth: 10,
      itemHeight: 10,
      itemGap: size.narrow ? 10 : 18,
      textStyle: { color: colours.text },
    },
    tooltip: {
      trigger: ["pie", "waterfall", "heat", "squares"].includes(data.kind) || data.series.length === 1 ? "item" : "axis",
      axisPointer: { type: data.kind === "line" ? "line" : "shadow", shadowStyle: { opacity: 0.5 } },
      confine: true,
      padding: 0,
      backgroundColor: colours.surface,
      borderColor: colours.line,
      formatter: tip(data, holder),
    },
  };
}

/** How many lines the legend takes: what is drawn above must end there. */
function legendLines(data, size) {
  const lines = wantedLines(data, size);
  return lines > MOST_LEGEND_LINES ? 1 : lines;
}

/** How many lines all names would take, by the usual width of their letters. */
function wantedLines(data, size) {
  let lines = 1;
  let used = 0;
  for (const { name } of data.series) {
    const width = [...(name ?? "")].reduce((sum, letter) => sum + (letter > "\u2e80" ? 12 : 6.5), 15);
    if (used && used + width > size.width) {
      lines += 1;
      used = 0;
    }
    used += width + (size.narrow ? 10 : 18);
  }
  return lines;
}

function cartesian(data, colours, size) {
  const rows = data.kind === "bar-rows";
  const several = data.series.length > 1;
  const crowded = size.width / data.categories.length < LEAST_LABEL_PX;
  const labelled = data.kind === "bar" && !several && !crowded;
  const bare = labelled && size.narrow && data.categories.length <= MOST_LABELS;
  const room = Math.floor((size.width - 72) / data.categories.length) - 4; // of a name below its bars
  const named = several && data.kind === "bar" && room >= LEAST_NAME_PX && data.categories.some((name) => name.length > NAME_LETTERS);
  const categories = {
    type: "category",
    data: data.categories,
    inverse: rows,
    boundaryGap: data.kind !== "line",
    axisTick: { show: false },
    axisLine: { show: !rows, lineStyle: { color: colours.line } },
    axisLabel: {
      color: colours.text,
      interval: data.kind === "line" || (crowded && !rows) ? "auto" : 0,
      width: rows ? (size.narrow ? 96 : 168) : labelled ? Math.floor((size.width - 12) / data.categories.length) : named ? room : crowded ? Math.floor(size.width * 0.3) : undefined,
      overflow: rows || (crowded && !labelled && !named) ? "truncate" : "break",
      formatter: named ? (name) => fitted(name, (room / 11) * NAME_LINES) : undefined,
      fontSize: bare ? 10 : size.narrow || named ? 11 : 12,
      lineHeight: named ? 14 : undefined,
      hideOverlap: !labelled && !named,
    },
  };
  const values = {
    type: "value",
    splitNumber: 4,
    ...(nearlyWhole(data) ? { min: 0, max: 100, interval: 25 } : {}),
    axisLabel: { show: !bare, color: colours.text, fontSize: size.narrow ? 11 : 12, formatter: (n) => short(n, data.unit) },
    splitLine: { lineStyle: { color: colours.line } },
  };
  const amounts = rows ? { ...values, axisLabel: { show: false }, splitLine: { show: false } } : values;
  // Shares beside amounts have an axis of their own.
  const apart = sharesApart(data);
  const shares = { type: "value", min: 0, max: ({ max }) => (rows ? max / SHARES_WIDTH : undefined), show: false };
  const measures = apart ? [amounts, shares] : amounts;
  // The line of shares runs through the bars: their figures stand beside it, at the edge.
  const figures = {
    type: "category",
    data: data.categories,
    inverse: true,
    position: "right",
    axisTick: { show: false },
    axisLine: { show: false },
    axisLabel: { color: colours.strong, fontSize: 11, interval: 0, formatter: (_, index) => figureOf(data.series[0].points[index], data, size.narrow ? 0 : 1) },
  };
  return {
    grid: {
      left: 4,
      right: rows ? (apart ? 4 : 64) : apart ? 48 : 8,
      top: rows ? 0 : 22,
      bottom: hasLegend(data) ? 10 + 26 * legendLines(data, size) : 2,
      outerBoundsMode: "same",
      outerBoundsContain: "axisLabel",
    },
    xAxis: rows ? measures : categories,
    yAxis: rows ? (apart ? [categories, figures] : categories) : measures,
    series: data.series.map((series, index) => mark(data, series, index, colours, { rows, several, narrow: size.narrow, tight: !rows && size.width / data.categories.length < TIGHT_PX })),
  };
}

// Shares up to all: the axis ends there instead of at 120 %.
function nearlyWhole(data) {
  const figures = data.series.flatMap((series) => series.points.map((point) => Number(point.value ?? 0)));
  return data.unit === "%" && Math.min(...figures) >= 0 && Math.max(...figures) <= 100 && Math.max(...figures) > 80;
}

function sharesApart(data) {
  const shares = data.series.filter((series) => series.unit === "%").length;
  return shares > 0 && shares < data.series.length;
}

/** A figure as it stands beside its mark; nothing where there is none. */
function figureOf(point, data, places) {
  return Number(point.value) ? short(Number(point.value), data.unit, places) : "";
}

function mark(data, series, index, colours, { rows, several, narrow, tight }) {
  const line = data.kind === "line" || series.kind === "line";
  const aim = line && series.tone === "plain"; // what the others are held against
  const stacked = data.stacked && !line;
  const radius = rows ? [0, 4, 4, 0] : [4, 4, 0, 0];
  return {
    type: line ? "line" : "bar",
    name: series.name,
    ...(series.unit === "%" && sharesApart(data) ? { [rows ? "xAxisIndex" : "yAxisIndex"]: 1, z: 3 } : {}),
    stack: stacked ? "all" : undefined,
    cursor: series.points.some((point) => point.url) ? "pointer" : "default",
    color: colours.resolve(series.tone, index),
    barMaxWidth: rows ? 18 : 56,
    barCategoryGap: "32%",
    smooth: false,
    symbol: "circle",
    symbolSize: 6,
    showSymbol: !aim && series.points.length <= 31,
    lineStyle: aim ? { width: 1.5, type: "dashed" } : { width: 2.25 },
    areaStyle: line && (!several || series.area) ? { opacity: 0.1 } : undefined,
    label: {
      show: !line && !sharesApart(data) && !(narrow && !rows && series.points.length > MOST_LABELS) && data.series.filter((each) => each.kind !== "line").length === 1,
      position: rows ? "right" : "top",
      color: colours.strong,
      fontSize: narrow && !rows ? 10 : 11,
      formatter: ({ dataIndex }) => figureOf(series.points[dataIndex], data, narrow || tight ? 0 : 1),
    },
    endLabel: series.unit === "%" && sharesApart(data) && data.series.length <= 3 ? { show: true, color: colours.strong, fontSize: 11, formatter: ({ value }) => exact(value, "%") } : undefined,
    data: series.points.map((point) => ({
      value: point.value === null ? null : Number(point.value),
      itemStyle: {
        ...(point.tone ? { color: colours.resolve(point.tone) } : {}),
        borderRadius: stacked || line ? 0 : radius,
      },
    })),
  };
}

function pie(data, colours, size) {
  return {
    series: [
      {
        type: "pie",
        radius: ["52%", "78%"],
        center: ["50%", size.narrow ? "42%" : "44%"],
        padAngle: 1.5,
        cursor: "pointer",
        itemStyle: { borderRadius: 4 },
        label: { show: false },
        data: data.series[0].points.map((point, index) => ({
          name: data.categories[index],
          value: Number(point.value),
          itemStyle: { color: colours.resolve(point.tone, index) },
        })),
      },
    ],
  };
}

const SHAPES = { pie, heat, squares, waterfall };

export function chartOption(data, canvas) {
  const colours = palette(canvas);
  const size = { width: canvas.clientWidth, narrow: canvas.clientWidth < 480 };
  const option = {
    ...common(data, colours, canvas, size),
    ...(SHAPES[data.kind] ?? cartesian)(data, colours, size),
  };
  colours.done();
  return option;
}
