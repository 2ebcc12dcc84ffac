export { PieChart as kind } from "echarts/charts";
