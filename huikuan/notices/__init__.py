"""Notes on records, and notices that tell people about them."""
