"""What numbers of orders and deliveries begin with; they come from the ledger's counters."""

from typing import Final

ORDER_PREFIX: Final = "XS"
DELIVERY_PREFIX: Final = "FH"
