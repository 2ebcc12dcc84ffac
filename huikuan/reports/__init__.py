"""Reads across domains: aging, the dashboard's figures, balances, and the open items behind each number.

Every report answers as of a day and, if asked, as it was known at a moment. Read several of them inside
`tenant(organization, snapshot=True)`: their numbers then agree with each other and with the knowledge date.
"""
