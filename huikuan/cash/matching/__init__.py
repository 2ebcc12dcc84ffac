"""Which customer paid, and for what: pure decisions over plain values; nothing here reads a clock or a database."""
