// Figures of charts. Amounts arrive as exact decimal text; numbers are only for placing marks.

const MINUS = "\u2212";

/** "-1234.5" → "−1,234.5": the text itself, grouped; never through a float. */
export function exact(text, unit) {
  if (text === null || text === undefined || text === "") return "—";
  const [whole, fraction] = String(text).replace("-", "").split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  const sign = String(text).startsWith("-") ? MINUS : "";
  return `${sign}${grouped}${fraction ? `.${fraction}` : ""}${unit === "%" ? "%" : ""}`;
}

/** Short figures for axes and marks in the page's language: 1234万, 12.3M; without decimals at least two digits: 583万, 5.8M. */
export function short(number, unit, decimals = 1) {
  const language = document.documentElement.lang || "zh-Hans";
  const text = new Intl.NumberFormat(language, { notation: "compact", ...(decimals && { maximumFractionDigits: decimals }) }).format(number);
  return `${text.replace("-", MINUS)}${unit === "%" ? "%" : ""}`;
}

/** A name cut to a length in Chinese letters; a Latin one is about half as wide. */
export function fitted(name, length) {
  let used = 0;
  let cut = "";
  for (const letter of name) {
    used += letter > "\u2e80" ? 1 : 0.55;
    if (used > length) return `${cut.slice(0, -1)}…`;
    cut += letter;
  }
  return name;
}

/** The point of the data that a mark stands for: pies have one series, a heat map's marks name column and row, squares their category. */
export function pointOf(data, mark) {
  if (data.kind === "pie" || data.kind === "waterfall") return data.series[0]?.points[mark.dataIndex];
  if (data.kind === "squares") return data.series[0]?.points[mark.value?.[3]];
  if (data.kind === "heat") return data.series[mark.value?.[1]]?.points[mark.value?.[0]];
  return data.series[mark.seriesIndex]?.points[mark.dataIndex];
}

/** The series a mark belongs to. */
export function seriesOf(data, mark) {
  if (["pie", "waterfall", "squares"].includes(data.kind)) return data.series[0];
  if (data.kind === "heat") return data.series[mark.value?.[1]];
  return data.series[mark.seriesIndex];
}
