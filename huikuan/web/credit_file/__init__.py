"""授信档案: everything that a credit committee needs to know of a customer, as a PDF."""
