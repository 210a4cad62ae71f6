"""The ways in which the catalogue can say no, each with the words that a shopper reads."""

from __future__ import annotations

from collections.abc import Sequence

from sokopesa.kernel.errors import Refusal


class SoldOut(Refusal):
    """Fewer pieces are left than were asked for, or the seller no longer offers them. ``left`` can still be had."""

    def __init__(self, words: str, *, left: int) -> None:
        super().__init__(words)
        self.left = left


class NotGoods(Refusal):
    """What was to be listed is not goods. ``field`` is the part of the listing that says so, ``found`` its words."""

    def __init__(self, field: str, found: str, what: str) -> None:
        super().__init__(
            f"“{found}”: that is {what}. Sokopesa sells only goods that a parcel can bring. For services, M-PESA has "
            "GlobalPay."
        )
        self.field = field
        self.found = found


class ListingRefused(Refusal):
    """Something about a listing, a price or a way of sending cannot be. ``field`` is where."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


class StockMoved(Refusal):
    """Pieces were sold, or put back, since the seller looked; ``stock`` is how many there are now."""

    def __init__(self, stock: int) -> None:
        super().__init__(f"Meanwhile the stock has changed: there are {stock} now. Please look again.")
        self.stock = stock


class PriceMoved(Refusal):
    """Somebody of the shop has changed the price since the seller looked; ``price_minor`` is what it is now."""

    def __init__(self, price_minor: int, words: str) -> None:
        super().__init__(f"Meanwhile somebody of your shop has changed the price to {words}. Please look again.")
        self.price_minor = price_minor


class RateMissing(Refusal):
    """No exchange rate is young enough to turn the offer's price into shillings."""

    def __init__(self, currency: str) -> None:
        super().__init__(
            f"This seller's price is in {currency}, and today's exchange rate has not reached us yet. "
            "Choose another seller, or come back a little later."
        )
        self.currency = currency


class RatesRefused(Refusal):
    """A file of exchange rates was not taken over; ``faults`` has a sentence for each, in the order of its lines."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)
