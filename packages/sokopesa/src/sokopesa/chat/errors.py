"""The ways in which a conversation can refuse, in the words of whoever writes."""

from __future__ import annotations

from sokopesa.kernel.errors import Refusal


class NothingSaid(Refusal):
    """Neither a word nor a photo."""

    def __init__(self) -> None:
        super().__init__("Write a message first.")


class TooLong(Refusal):
    """More characters than a message holds."""

    def __init__(self, *, length: int, most: int) -> None:
        super().__init__(
            f"A message has {most:,} characters at most, and this one has {length:,}. "
            "Please shorten it, or send it in two."
        )


class TooFast(Refusal):
    """More messages in a minute than a person writes."""

    def __init__(self, most: int) -> None:
        super().__init__(f"You have sent {most} messages in a minute. Wait a little, then send this one.")


class Blocked(Refusal):
    """One side wants to hear no more of the other. Whoever was blocked is not told by whom."""

    def __init__(self, *, by_oneself: bool) -> None:
        super().__init__(
            "You have blocked this conversation. Unblock it to write again."
            if by_oneself
            else "This conversation is closed for messages. What you can do about an order is on its page."
        )


class NotOffered(Refusal):
    """The shop does not sell the product, so there is nothing to begin to talk about."""

    def __init__(self) -> None:
        super().__init__("This seller no longer offers the product. Choose another seller on the product's page.")


class OwnShop(Refusal):
    """Somebody who acts for a shop writes to it as a buyer."""

    def __init__(self) -> None:
        super().__init__("This is your own shop.")


class NotYours(Refusal):
    """The person takes no part in the conversation. Faces answer as if it did not exist."""

    def __init__(self) -> None:
        super().__init__("There is no such conversation.")


class ReasonMissing(Refusal):
    """A report of something else without words, or staff who read without saying why."""

    def __init__(self) -> None:
        super().__init__("Say in a few words why.")


class ReportedAlready(Refusal):
    """The same side's report is still being looked at."""

    def __init__(self) -> None:
        super().__init__("You have reported this conversation. Our staff are looking at it.")


class NoOpenCase(Refusal):
    """Without a report or a dispute that is open, nobody but the two sides reads a conversation."""

    def __init__(self) -> None:
        super().__init__("No case is open about this conversation, so it cannot be read.")


class OwnConversation(Refusal):
    """A member of staff takes part in the conversation that they would look into."""

    def __init__(self) -> None:
        super().__init__("You take part in this conversation. Somebody else must look into it.")
