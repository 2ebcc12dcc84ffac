"""The import pages: choose a file, check how it is read, take it in, settle the rows that were left out."""
