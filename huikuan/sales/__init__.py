"""From what is sold to what is owed: products, orders, deliveries, invoices with lines, credit and debit notes."""
