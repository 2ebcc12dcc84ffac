"""The first days: setting an installation up, the first steps of an organization, a sample to try."""
