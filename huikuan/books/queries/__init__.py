"""Reads of the books: vouchers, balances of accounts, ledgers and statements."""
