"""The demo company: a machinery maker in Ningbo with three years of receivables.

Everything in it is invented. It is planned by pure functions from a fixed seed and the given day
(`plan.plan_company`), and entered through the same operations a user works with (`operations.build_demo`).
"""
