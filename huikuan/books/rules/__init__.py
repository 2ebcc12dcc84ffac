"""Pure decisions of the books: the words of vouchers, and where an account stands in the statements."""
