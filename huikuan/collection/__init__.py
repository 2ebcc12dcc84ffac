"""Collection: contacts as evidence, limitation, promises to pay, and the worklist of who is chased next."""
