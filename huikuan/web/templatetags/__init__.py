"""Template libraries of the pages: money, dates, icons, controls, listing, aging."""
