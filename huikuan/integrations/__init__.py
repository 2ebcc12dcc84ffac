"""What comes in from and goes out to other systems: file imports, connectors, exports."""
