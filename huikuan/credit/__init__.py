"""Credit: who may buy, how much and how long; limits, exposure, reservations and what is held back."""
