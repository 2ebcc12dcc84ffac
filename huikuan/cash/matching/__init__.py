"""Who paid, what for, and how sure that is: pure decisions over plain values, without Django."""
