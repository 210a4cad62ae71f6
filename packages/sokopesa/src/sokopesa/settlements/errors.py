"""The ways in which paying sellers is refused, in the words that a person is shown."""

from __future__ import annotations

from sokopesa.kernel.errors import Refusal


class NotYours(Refusal):
    """Only those who act for the shop say where it is paid."""

    def __init__(self) -> None:
        super().__init__("Only people who act for this shop can say where it is paid.")


class NotFinance(Refusal):
    """Only finance pays sellers."""

    def __init__(self) -> None:
        super().__init__("Only people in finance can do this.")


class AskedAlready(Refusal):
    """One change at a time."""

    def __init__(self) -> None:
        super().__init__("Another change waits for approval. It has to be approved or refused first.")


class SamePayee(Refusal):
    """Nothing would change."""

    def __init__(self) -> None:
        super().__init__("This is where the shop is paid already.")


class NotPayable(Refusal):
    """M-PESA cannot pay there. ``why`` is a sentence for the person who typed it."""

    def __init__(self, why: str) -> None:
        super().__init__(why)


class OwnRequest(Refusal):
    """Whoever asked does not agree to it as well."""

    def __init__(self) -> None:
        super().__init__("You asked for this yourself, or act for the shop. Somebody else has to decide.")


class DecidedAlready(Refusal):
    """Somebody was quicker."""

    def __init__(self, how: str) -> None:
        super().__init__(f"This was decided already: {how}.")


class NobodyToPay(Refusal):
    """No seller has enough, or a place to be paid."""

    def __init__(self) -> None:
        super().__init__(
            "No shop has earned enough to be paid yet, or has no approved place to be paid, or its money is on its way."
        )


class RunWaits(Refusal):
    """One run at a time waits for approval."""

    def __init__(self, number: int) -> None:
        super().__init__(f"Run {number} waits for approval. Approve or cancel it first.")


class WrongTotal(Refusal):
    """What was typed is not what would be paid."""

    def __init__(self) -> None:
        super().__init__("The total that you typed is not the run's total. Compare the lines, then type it again.")


class OwnRun(Refusal):
    """Four eyes."""

    def __init__(self) -> None:
        super().__init__("You prepared this run. Another person in finance has to approve it.")


class OwnShop(Refusal):
    """Nobody approves what pays a shop of their own."""

    def __init__(self) -> None:
        super().__init__("This run pays a shop that you act for. Another person in finance has to approve it.")


class BalancesChanged(Refusal):
    """Money was given back to buyers since the run was prepared."""

    def __init__(self, sellers: list[str]) -> None:
        names = ", ".join(sellers[:5]) + ("…" if len(sellers) > 5 else "")
        super().__init__(
            f"The balance of {names} has fallen since this run was prepared, or the shop is paid elsewhere now. "
            "Cancel the run and prepare it again."
        )
