export { BarChart as kind } from "echarts/charts";
