import { HeatmapChart } from "echarts/charts";
import { VisualMapContinuousComponent } from "echarts/components";

export const kind = [HeatmapChart, VisualMapContinuousComponent];
