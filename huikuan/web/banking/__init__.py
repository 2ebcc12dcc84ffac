"""The pages of our bank accounts: statements, their lines, and the reconciliation with the books."""
