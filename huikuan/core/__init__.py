"""Foundations without models: money, dates, calendar, errors, encryption and the PostgreSQL layer."""
