"""Approvals: who must agree to a business act before it is done, and which acts may not meet in one person."""
