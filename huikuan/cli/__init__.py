"""The `huikuan` command: one file per group, each a thin skin over operations and queries."""
