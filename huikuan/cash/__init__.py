"""What settles receivables other than plain money: bills, offsets, transfers, factoring, differences, claims."""
