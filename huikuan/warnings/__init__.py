"""Early warnings: what is changing for the worse at a customer, before it is a loss."""
