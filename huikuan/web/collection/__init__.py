"""Pages of collection: the worklist, one customer at a time, contacts, promises, limitation, and how it is ranked."""
