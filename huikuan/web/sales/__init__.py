"""Pages of sales: contracts, billing by plan, tax invoices."""
