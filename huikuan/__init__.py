"""Huikuan (回款): the sales accounts-receivable desk of a company that sells on credit."""

__version__ = "0.1.0"
