"""Accounts, journal entries and their postings.

One sign convention everywhere: a debit is positive, a credit negative, so an entry sums to zero and a liability that
we owe has a negative balance. The triggers that keep this true live in ``migrations/0002_guards.py``: an entry that
does not sum to zero, a changed or deleted row, a posting added to an old entry and a balance written by hand are
refused.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Account(models.Model):
    """A place where shillings are. ``balance_cents`` is kept by the database itself, in the booking's transaction."""

    class Kind(models.TextChoices):
        ASSET = "asset"
        LIABILITY = "liability"
        INCOME = "income"
        EXPENSE = "expense"

    code = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=9, choices=Kind.choices)
    guarded = models.BooleanField(default=False, help_text="May never be overdrawn: it holds other people's money.")
    balance_cents = models.BigIntegerField(default=0, help_text="Debits less credits, in cents.")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="ledger_account_never_overdrawn",
                condition=Q(guarded=False)
                | Q(kind="liability", balance_cents__lte=0)
                | Q(kind="asset", balance_cents__gte=0),
            ),
            models.CheckConstraint(
                name="ledger_account_kind_is_known",
                condition=Q(kind__in=["asset", "liability", "income", "expense"]),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Entry(models.Model):
    """One event in the life of money, with the key that says why it exists and can exist only once."""

    key = models.CharField(max_length=96, unique=True, help_text="For instance stk:SG632NMUAB: why this entry exists.")
    kind = models.CharField(max_length=32)
    memo = models.CharField(max_length=200, blank=True)
    happened_at = models.DateTimeField(help_text="When money moved, by M-PESA's clock where M-PESA moved it.")
    booked_at = models.DateTimeField(db_default=Now(), help_text="When we learned of it.")
    made_in = models.BigIntegerField(
        db_default=models.Func(function="txid_current", output_field=models.BigIntegerField()),
        help_text="Database transaction that made the entry; no other may add postings to it.",
    )

    class Meta:
        verbose_name_plural = "entries"
        indexes: ClassVar = [models.Index(fields=["made_in", "id"], name="ledger_entry_made_in")]

    def __str__(self) -> str:
        return self.key


class Posting(models.Model):
    """One leg of an entry. Foreign keys are checked a statement at a time by the guard, which costs far less than a
    trigger for each row and takes no lock on busy accounts."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="postings", db_constraint=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="postings", db_constraint=False)
    amount_cents = models.BigIntegerField(help_text="Debit positive, credit negative, in cents.")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="ledger_posting_moves_something", condition=~Q(amount_cents=0))
        ]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.amount_cents}"


class Block(models.Model):
    """A link of the hash chain: what up to a thousand entries read when they were sealed.

    The columns are what `sokopesa.ledger.canonical.block_hash` hashes. Append-only, as entries are.
    """

    number = models.BigIntegerField(primary_key=True, help_text="1, 2, 3 and so on, without gaps.")
    previous_hash = models.CharField(max_length=64, unique=True, help_text="Unique, so the chain never forks.")
    hash = models.CharField(max_length=64, unique=True)
    sealed_at = models.DateTimeField()
    entry_ids = ArrayField(models.BigIntegerField())
    seals = models.BinaryField(help_text="One seal after another, in the order of entry_ids.")
    accounts = ArrayField(models.TextField(), help_text="How each account that these entries touch was described.")
    sealed_to_transaction = models.BigIntegerField(help_text="Database transaction that made the last of the entries.")
    sealed_to_entry = models.BigIntegerField(help_text="Id of the last of the entries.")
    after_entry = models.BigIntegerField(
        default=0, help_text="Above 0 once restored from a dump: transactions are counted anew for entries after it."
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="ledger_block_numbers_from_one", condition=Q(number__gte=1)),
        ]

    def __str__(self) -> str:
        return f"block {self.number}"
