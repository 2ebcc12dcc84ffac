"""How messages leave, one module per kind of account. Each knows what is certain about what it tried."""
