"""The ways in which files, disbursements and rules are refused, in the words that a person is shown."""

from __future__ import annotations

from collections.abc import Sequence

from sokopesa.kernel.errors import Refusal


class NotYourDecision(Refusal):
    """The person may not release money."""

    def __init__(self) -> None:
        super().__init__("Only finance may do this.")


class OwnWork(Refusal):
    """Whoever prepared or proposed it cannot approve it as well."""

    def __init__(self) -> None:
        super().__init__("You prepared this yourself. Another person has to approve it.")


class OwnMoney(Refusal):
    """The money would go to the person who decides."""

    def __init__(self) -> None:
        super().__init__("This money would go to yourself. Somebody else has to decide.")


class FileMissing(Refusal):
    """There is no such file."""

    def __init__(self, number: int) -> None:
        super().__init__(f"There is no refund file {number}.")


class FileRejected(Refusal):
    """What was rejected as a whole stands in a later file; sent again, it might be paid from both."""

    def __init__(self, number: int) -> None:
        super().__init__(f"Refund file {number} was rejected, and its refunds went into the next one.")


class BytesChangedError(RuntimeError):
    """A file made again from its lines is not what it was: somebody changed the books. It is not delivered."""


class OutletFailed(Exception):  # noqa: N818 - named for what happened
    """The place where files are put could not be reached, or refused."""


class NothingToPay(Refusal):
    """No line of any file waits."""

    def __init__(self) -> None:
        super().__init__("No line of any file waits to be paid.")


class PreparedAlready(Refusal):
    """A disbursement waits for its second person."""

    def __init__(self, number: int) -> None:
        super().__init__(f"Disbursement {number} is prepared and waits for approval. Approve or cancel it first.")


class BatchMissing(Refusal):
    """There is no such disbursement."""

    def __init__(self) -> None:
        super().__init__("There is no such disbursement.")


class BatchDecided(Refusal):
    """It was approved or cancelled meanwhile."""

    def __init__(self, number: int, state: str) -> None:
        super().__init__(f"Disbursement {number} is decided already: {state.lower()}.")


class WrongTotal(Refusal):
    """What was typed is not the total; either somebody read something else, or it has changed."""

    def __init__(self, typed: str) -> None:
        super().__init__(
            f"“{typed[:20]}” is not the total of this disbursement. Read it again, and type it in whole shillings."
        )


class LinesHeld(Refusal):
    """Somebody found out since it was prepared that these refunds are not to be paid as they are."""

    def __init__(self, numbers: Sequence[str]) -> None:
        named = ", ".join(numbers[:5]) + ("…" if len(numbers) > 5 else "")
        super().__init__(f"Held since this was prepared: {named}. Leave out what is held; its refund's page says why.")


class LineMissing(Refusal):
    """The line is not in the disbursement, or was left out already."""

    def __init__(self) -> None:
        super().__init__("This line is not in the disbursement.")


class LineUnderWay(Refusal):
    """The line is being paid, or over."""

    def __init__(self) -> None:
        super().__init__("This line is in a disbursement or over. It cannot be withdrawn.")


class NotByPortal(Refusal):
    """The disbursement is not paid by the portal's file, or not approved."""

    def __init__(self) -> None:
        super().__init__("This disbursement is not an approved one that is paid by the portal's file.")


class ResultsRefused(Refusal):
    """The portal's result file makes no sense; nothing was taken over. ``faults`` are sentences with line numbers."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(f"Nothing was taken over. {' '.join(faults[:3])}")
        self.faults = faults


class RuleMissing(Refusal):
    """There is no such rule."""

    def __init__(self) -> None:
        super().__init__("There is no such rule.")


class RuleStands(Refusal):
    """A cause has one rule."""

    def __init__(self) -> None:
        super().__init__("There is a rule for this cause already. End it first.")


class RuleDecided(Refusal):
    """It was decided otherwise, or by somebody else."""

    def __init__(self) -> None:
        super().__init__("This is decided already.")


class RuleRefused(Refusal):
    """Its numbers make no sense; ``str`` says why."""


class RefundMissing(Refusal):
    """There is no such refund."""

    def __init__(self) -> None:
        super().__init__("There is no such refund.")


class NotWaiting(Refusal):
    """The refund is not held up, or is where nothing can be changed."""

    def __init__(self) -> None:
        super().__init__("This refund does not wait for a decision.")


class NotBuyersNumber(Refusal):
    """Money goes to a number that the buyer has shown to be theirs, and to no other."""

    def __init__(self) -> None:
        super().__init__("This is not a number that the buyer has confirmed. Ask the buyer to sign in with it first.")


class RedirectionStands(Refusal):
    """Another proposal for the refund waits."""

    def __init__(self) -> None:
        super().__init__("Another number was proposed for this refund and waits for a second person.")


class RedirectionMissing(Refusal):
    """There is no such proposal."""

    def __init__(self) -> None:
        super().__init__("There is no such proposal.")


class RedirectionDecided(Refusal):
    """It was decided otherwise, or by somebody else."""

    def __init__(self) -> None:
        super().__init__("This proposal is decided already.")


class GoodwillRefused(Refusal):
    """So much cannot be given, or not for this; ``str`` says why."""


class GoodwillStands(Refusal):
    """Another proposal for the order or refund waits."""

    def __init__(self) -> None:
        super().__init__("Something is proposed here already, and waits for a second person.")


class GoodwillMissing(Refusal):
    """There is no such proposal."""

    def __init__(self) -> None:
        super().__init__("There is no such proposal.")


class GoodwillDecided(Refusal):
    """It was decided otherwise, or by somebody else."""

    def __init__(self) -> None:
        super().__init__("This proposal is decided already.")


class EnoughForMpesa(Refusal):
    """The refund needs no top-up: M-PESA pays it out as it is, or it has one."""

    def __init__(self) -> None:
        super().__init__("M-PESA pays this refund out as it is. It needs no top-up.")
