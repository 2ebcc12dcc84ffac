"""Pages of messages and of the accounts they leave through."""
