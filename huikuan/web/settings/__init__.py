"""Settings: the organization, its books, its people and what they may do."""
