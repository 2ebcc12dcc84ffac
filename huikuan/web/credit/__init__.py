"""Pages of credit: orders that wait, and what a customer may owe."""
