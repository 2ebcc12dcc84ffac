"""Files attached to records: contracts, delivery notes, evidence."""
