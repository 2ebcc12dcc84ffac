"""Measurements of Huikuan's own paths, each beside the raw SQL that does the same: the limit to come near to."""
