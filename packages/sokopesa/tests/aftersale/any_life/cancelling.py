"""What `sokopesa.aftersale.cancelling` offers."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st
from hypothesis.stateful import rule

from any_life.walk import SOME, WHICH, WHO, Walk
from sokopesa.aftersale import cancelling
from sokopesa.aftersale.models import CancelRequest
from sokopesa.orders.life import Action, Actor
from sokopesa.people.models import User


class Cancelling(Walk):
    """Asking to cancel, and the answer."""

    @rule(
        which=WHICH,
        who=WHO,
        reason=st.sampled_from(["changed_mind", "seller_no_reply", "other", "nonsense"]),
        words=st.sampled_from(["", "Sorry."]),
        some=st.none() | SOME,
    )
    def ask(self, which: int, who: str, reason: str, words: str, some: Sequence[int] | None) -> None:
        part = self.parts[which]
        chosen = None if some is None else dict(zip([line.pk for line in part.lines], some, strict=True))
        fits = reason != "nonsense" and (reason != "other" or bool(words))
        if chosen is not None:
            left = {line.pk: line.open_quantity for line in part.lines}
            fits = fits and any(chosen.values()) and all(count <= left[pk] for pk, count in chosen.items())
        self.attempt(
            which,
            Action.ASK_CANCEL,
            Actor.BUYER,
            who,
            lambda by: cancelling.ask(part.order, reason=reason, words=words, quantities=chosen, by=by, now=self.now),
            fits=fits,
        )

    @rule(which=WHICH, who=WHO, answer=st.sampled_from(["approve", "approve", "refuse", "refuse without words"]))
    def answer(self, which: int, who: str, answer: str) -> None:
        request = self._request(which)
        if request is None:
            return
        if answer == "approve":
            action = Action.APPROVE_CANCEL

            def deed(by: User) -> object:
                return cancelling.approve(request, by=by, now=self.now)
        else:
            action = Action.REFUSE_CANCEL
            words = "It is packed." if answer == "refuse" else ""

            def deed(by: User) -> object:
                return cancelling.refuse(request, words=words, by=by, now=self.now)

        self.attempt(which, action, Actor.SELLER, who, deed, fits=answer != "refuse without words")

    @rule(which=WHICH, who=WHO)
    def withdraw(self, which: int, who: str) -> None:
        request = self._request(which)
        if request is not None:
            self.attempt(
                which,
                Action.WITHDRAW_CANCEL,
                Actor.BUYER,
                who,
                lambda by: cancelling.withdraw(request, by=by, now=self.now),
            )

    def _request(self, which: int) -> CancelRequest | None:
        """The newest, which may be answered already."""
        return CancelRequest.objects.filter(order=self.parts[which].order_id).order_by("pk").last()
