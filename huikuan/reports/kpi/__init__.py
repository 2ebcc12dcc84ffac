"""Key figures of receivables: their formulas, what they are made of for any period and dimension, and their targets."""
