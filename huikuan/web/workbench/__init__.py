"""The workbench: money that came in finds its invoices, line by line, by keyboard or thumb."""
