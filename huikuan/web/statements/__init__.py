"""Statements to customers: the board, batches, one statement, answers, customers' lists compared with ours."""
