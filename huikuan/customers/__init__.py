"""Customers: who buys on credit, their names and contacts, and the payment terms agreed with them."""
