"""Reading files of banks and wallets: one module per kind of file, all of them giving the same plain statements."""
