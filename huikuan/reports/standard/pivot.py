"""自定义透视表 as a report of the catalogue; see `huikuan.reports.pivots`."""

from huikuan.reports.pivots.report import PIVOT as REPORT

__all__ = ["REPORT"]
