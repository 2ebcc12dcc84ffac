// The same figures as a table of links, for keyboards, screen readers and anyone who wants the exact numbers.
import { exact } from "./chart-figures.js";

function cell(tag, className, text, url) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (tag === "th") node.scope = className === "num" ? "col" : "row";
  if (url) {
    const link = document.createElement("a");
    link.href = url;
    link.textContent = text;
    node.append(link);
  } else {
    node.textContent = text;
  }
  return node;
}

function row(cells) {
  const node = document.createElement("tr");
  node.append(...cells);
  return node;
}

export function dataTable(data, labels) {
  const table = document.createElement("table");
  table.className = "table table-sm";
  const head = table.createTHead();
  const names = data.series.map((series) => series.name || labels.amount);
  head.append(row([cell("td", "", ""), ...names.map((name) => cell("th", "num", name))]));
  const body = table.createTBody();
  data.categories.forEach((category, index) => {
    const points = data.series.map((series) => series.points[index] ?? {});
    body.append(
      row([cell("th", "", category), ...points.map((point) => cell("td", "num", exact(point.value, data.unit), point.url))]),
    );
  });
  const box = document.createElement("div");
  box.className = "table-responsive";
  box.tabIndex = 0; // it may scroll, and not every figure is a link
  box.append(table);
  return box;
}
