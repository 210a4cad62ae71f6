"""How django-allauth is told about our people: known by one phone number, without passwords or user names."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.adapter import DefaultMFAAdapter
from django.db.models import Exists, OuterRef

from sokopesa.kernel import clock
from sokopesa.people import actions
from sokopesa.people.models import SellerMember, User
from sokopesa.people.sealing import seal, unseal


class People(AuthenticationBackend):
    """Whoever is signed in comes with ``has_shop``, whether they act for a shop: every page's header asks, and so no
    page needs a query for it."""

    def get_user(self, user_id: Any) -> User | None:
        acts = Exists(SellerMember.objects.filter(user=OuterRef("pk")))
        user = User.objects.annotate(has_shop=acts).filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None


class AccountAdapter(DefaultAccountAdapter):
    """Reads and stamps the phone number of `User`."""

    def get_login_stages(self) -> list[str]:
        """The second factor is asked for where money moves (`sokopesa.faces.second_factor`), not at the door."""
        return [stage for stage in super().get_login_stages() if not stage.startswith("allauth.mfa.")]

    def get_phone(self, user: Any) -> tuple[str, bool] | None:
        return user.phone, user.phone_verified_at is not None

    def set_phone_verified(self, user: Any, phone: str) -> None:
        actions.verify_phone(user=user, now=clock.now())

    def get_user_by_phone(self, phone: str) -> User | None:
        return User.objects.filter(phone=phone).first()


class FactorAdapter(DefaultMFAAdapter):
    """Keeps the secrets of second factors sealed."""

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text)
