"""Policies tried out: on the past (replay), and on what is owed now (what-if)."""
