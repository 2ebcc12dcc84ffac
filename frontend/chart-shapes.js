// Charts with a geometry of their own: changes from one figure to another, and figures as the colour of a field.
import { exact, short } from "./chart-figures.js";

function grid(bottom) {
  return { left: 4, right: 8, top: 22, bottom, outerBoundsMode: "same", outerBoundsContain: "axisLabel" };
}

/** Whole figures stand on the ground, changes hang between the figure before and the one behind; a part of the last is outlined. */
export function waterfall(data, colours, size) {
  const points = data.series[0].points;
  const last = points.findLastIndex((point) => !point.part);
  let level = 0;
  const marks = points.map((point, index) => {
    const value = Number(point.value ?? 0);
    if (point.part) return { base: 0, height: value, value, point };
    const whole = index === 0 || index === last;
    const from = whole ? 0 : level;
    level = whole ? value : level + value;
    return { base: Math.min(from, level), height: Math.abs(level - from), value, whole, point };
  });
  const tone = ({ point, whole, value }) => colours.resolve(point.tone || (whole ? "plain" : value > 0 ? "bad" : "good"));
  const style = (mark) =>
    mark.point.part
      ? { color: "transparent", borderColor: tone(mark), borderWidth: 1.5, borderType: "dashed", borderRadius: 3 }
      : { color: tone(mark), borderRadius: 3 };
  return {
    grid: grid(2),
    xAxis: {
      type: "category",
      data: data.categories,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: colours.line } },
      axisLabel: { color: colours.text, interval: 0, width: Math.floor((size.width - 12) / data.categories.length), overflow: "break", fontSize: size.narrow ? 10 : 12 },
    },
    yAxis: { type: "value", splitNumber: 4, axisLabel: { show: !size.narrow, color: colours.text, formatter: (n) => short(n, data.unit) }, splitLine: { lineStyle: { color: colours.line } } },
    series: [
      { type: "bar", stack: "all", silent: true, color: "transparent", barMaxWidth: 56, data: marks.map(({ base }) => base) },
      {
        type: "bar",
        stack: "all",
        name: data.series[0].name,
        barMaxWidth: 56,
        cursor: points.some((point) => point.url) ? "pointer" : "default",
        label: { show: true, position: "top", color: colours.strong, fontSize: size.narrow ? 10 : 11, formatter: ({ dataIndex }) => (marks[dataIndex].value ? short(marks[dataIndex].value, data.unit, size.narrow ? 0 : 1) : "") },
        data: marks.map((mark) => ({ value: mark.height, itemStyle: style(mark) })),
      },
    ],
  };
}

/** Columns are the categories, rows the series from the top down; the fuller the colour, the larger the figure. */
export function heat(data, colours, size) {
  const cells = data.series.flatMap((series, row) =>
    series.points.flatMap((point, column) => (point.value === null || point.value === undefined ? [] : [[column, row, Number(point.value)]])),
  );
  const most = Math.max(...cells.map((cell) => cell[2]), 0);
  const axis = { type: "category", axisTick: { show: false }, axisLine: { show: false }, axisLabel: { color: colours.text, fontSize: size.narrow ? 10 : 11 } };
  return {
    grid: { ...grid(2), top: 2 },
    xAxis: { ...axis, data: data.categories, position: "bottom" },
    yAxis: { ...axis, data: data.series.map((series) => series.name), inverse: true },
    visualMap: { show: false, min: 0, max: most || 1, dimension: 2, inRange: { color: [colours.surface, colours.series[0]] } },
    series: [
      {
        type: "heatmap",
        data: cells.map((value) => ({ value, label: { color: value[2] > most * 0.6 ? colours.surface : colours.strong } })),
        cursor: data.series.some((series) => series.points.some((point) => point.url)) ? "pointer" : "default",
        itemStyle: { borderColor: colours.line, borderWidth: 1 },
        label: {
          show: !size.narrow,
          fontSize: 10,
          formatter: ({ value }) => (data.unit === "%" ? exact(value[2].toFixed(0), "%") : short(value[2], data.unit, 0)),
        },
      },
    ],
  };
}

/** Each category is a square in its place; the fuller the colour, the larger the figure. Without a figure it is only outlined. */
export function squares(data, colours, size) {
  const points = data.series[0].points;
  const marks = data.places.map(([column, line], index) => [column, line, Number(points[index].value ?? 0), index]);
  const most = Math.max(...marks.map((mark) => mark[2]), 0);
  const count = (place) => Array.from({ length: Math.max(...marks.map((mark) => mark[place])) + 1 }, (_, index) => index);
  const axis = { type: "category", show: false };
  const title = (index) => (size.narrow ? data.places[index][2] : data.categories[index]);
  return {
    grid: { left: 1, right: 1, top: 1, bottom: 1 },
    xAxis: { ...axis, data: count(0) },
    yAxis: { ...axis, data: count(1), inverse: true },
    visualMap: { show: false, min: 0, max: most || 1, dimension: 2, inRange: { color: [colours.surface, colours.series[2]] } },
    series: [
      {
        type: "heatmap",
        name: data.series[0].name,
        data: marks.map((value) => {
          const full = value[2] > most * 0.7;
          const ink = value[2] ? (full ? colours.surface : colours.strong) : colours.text;
          return { value, label: { color: ink }, cursor: points[value[3]].url ? "pointer" : "default" };
        }),
        itemStyle: { borderColor: colours.line, borderWidth: 1, borderRadius: 4 },
        label: {
          show: true,
          fontSize: size.narrow ? 11 : 12,
          lineHeight: size.narrow ? 13 : 16,
          formatter: ({ value }) => (value[2] && !size.narrow ? `${title(value[3])}\n${short(value[2], data.unit, 0)}` : title(value[3])),
        },
      },
    ],
  };
}
