"""Pages of early warnings: the list, one of them, what is warned of, and what it was worth."""
