"""The queues of the worker that reports have of their own."""

PIVOTS = "pivots"
"""Pivots that take longer than a page may: one at a time, and nothing else waits for them."""
