"""What the payment model says of losses and customers, kept for those who use it."""
