"""Identifiers in the forms that M-PESA gives them."""

from functools import lru_cache

from mpesa_simulator.core.clock import compact, eat, start_of_day
from mpesa_simulator.core.dice import Dice

_BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DAY = "0123456789ABCDEFGHIJKLMNOPQRSTUV"
_SPACE = 36**7
_STRIDE = 30_517_578_125  # 5**15: shares no factor with 36, so that seven characters never repeat


def date_prefix(moment: int) -> str:
    """The three characters that a receipt begins with: year (A is 2006), month and day, in EAT."""
    return _prefix_of_day(start_of_day(moment))


@lru_cache
def _prefix_of_day(midnight: int) -> str:
    day = eat(midnight)
    return f"{chr(ord('A') + day.year - 2006)}{chr(ord('A') + day.month - 1)}{_DAY[day.day]}"


def receipt(dice: Dice, number: int, moment: int) -> str:
    """The receipt of the `number`th transaction of this network, such as `TJK4AB12DD`.

    The seven characters after the date are a fixed shuffle of `number`, so no two receipts are ever alike.
    """
    place = (number * _STRIDE + _first_place(dice)) % _SPACE
    characters = []
    for _ in range(7):
        place, digit = divmod(place, 36)
        characters.append(_BASE36[digit])
    return date_prefix(moment) + "".join(characters)


@lru_cache
def _first_place(dice: Dice) -> int:
    return dice.number("receipt")


def no_receipt(moment: int) -> str:
    """What stands for a receipt when no money moved: the date and seven zeros."""
    return date_prefix(moment) + "0000000"


def checkout_request_id(moment: int, msisdn: str) -> str:
    """`ws_CO_`, the EAT time to the millisecond, and the number without 254."""
    when = compact(moment)
    year, month, day, time = when[:4], when[4:6], when[6:8], when[8:]
    return f"ws_CO_{day}{month}{year}{time}{moment % 1000:03d}{msisdn[3:]}"


def gateway_id(dice: Dice, number: int) -> str:
    """A MerchantRequestID, requestId or gateway-made OriginatorConversationID.

    The hexadecimal head is one of four gateway nodes', the tail counts.
    """
    return f"{_gateway_node(dice, number % 4)}{100_000 + number}"


@lru_cache
def _gateway_node(dice: Dice, node: int) -> str:
    head = dice.hex(24, "gateway", node)
    return f"{head[:4]}-{head[4:8]}-{head[8:12]}-{head[12:24]}"


def conversation_id(dice: Dice, number: int, moment: int) -> str:
    """`AG_`, the EAT date, and twenty hexadecimal digits that begin with 2010."""
    return f"AG_{eat(moment):%Y%m%d}_2010{dice.hex(16, 'conversation', number)}"


def uuid(dice: Dice, *name: str | int) -> str:
    """A random-looking UUID (version 4)."""
    digits = dice.hex(32, "uuid", *name)
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
