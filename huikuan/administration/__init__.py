"""What administrators decide: the organization itself, who works in it, what roles may do, the terms on offer."""
