"""Pages of approvals: what waits, one request, who stands in while one is away."""
