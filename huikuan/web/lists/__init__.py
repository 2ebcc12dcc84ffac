"""Lists: one component used everywhere.

A list is declared once (`declaration.List`) and gets filters, order, next and previous pages by key, totals that
arrive after the rows, choice of columns, saved views, acts on many rows, and files.
"""

from huikuan.web.lists.addresses import PAGE_SIZE, Place, address, paging, place_in, rows_of, with_query

__all__ = ["PAGE_SIZE", "Place", "address", "paging", "place_in", "rows_of", "with_query"]
