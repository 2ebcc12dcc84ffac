"""The sub-ledger of receivables: open items, allocations and balanced entries. Everything else reads it."""
