"""The standard reports, one a file: each file has one REPORT (or several REPORTS) of the catalogue."""
