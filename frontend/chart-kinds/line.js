export { LineChart as kind } from "echarts/charts";
