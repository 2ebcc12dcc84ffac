"""The decision page: what changed, what is at risk, what to do about it."""
