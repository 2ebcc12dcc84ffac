"""What of the receivables will not be paid: expected credit losses, bad debts and their recovery."""
