"""What a manager decides on: who moved, what is at risk, whom to stop, which limits and steps do not fit any more.

Every finding carries the figures it rests on. Nothing here decides: the pages lead to the act, which asks again.
"""
