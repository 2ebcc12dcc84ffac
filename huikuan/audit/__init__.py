"""The append-only trail: every business act, by whom and when, and what it did to which record."""
