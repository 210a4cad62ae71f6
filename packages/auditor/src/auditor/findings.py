"""What an auditor can find. The list of classes is closed; docs/findings.md says what each one means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """The class of a finding."""

    # The export itself
    FILE_MISSING = "file-missing"
    FILE_ALTERED = "file-altered"
    TOTALS_WRONG = "totals-wrong"
    # The hash chain
    HEAD_UNKNOWN = "head-unknown"
    BLOCK_MISSING = "block-missing"
    BLOCK_ALTERED = "block-altered"
    BLOCK_REPLACED = "block-replaced"
    ENTRY_MISSING = "entry-missing"
    ENTRY_ALTERED = "entry-altered"
    ENTRY_INSERTED = "entry-inserted"
    POSTING_ALTERED = "posting-altered"
    POSTING_MISSING = "posting-missing"
    POSTING_ADDED = "posting-added"
    POSTING_MOVED = "posting-moved"
    ACCOUNT_MISSING = "account-missing"
    ACCOUNT_ALTERED = "account-altered"
    # Double entry
    ENTRY_UNBALANCED = "entry-unbalanced"
    POSTING_ADRIFT = "posting-adrift"
    BALANCE_WRONG = "balance-wrong"
    OVERDRAWN = "overdrawn"
    KEY_TWICE = "key-twice"
    # Receipts
    RECEIPT_MISSING = "receipt-missing"
    RECEIPT_UNBOOKED = "receipt-unbooked"
    RECEIPT_AMOUNT = "receipt-amount"
    RECEIPT_TIME = "receipt-time"
    RECEIPT_TWICE = "receipt-twice"
    RECEIPT_ELSEWHERE = "receipt-elsewhere"
    # Orders
    ORDER_ELSEWHERE = "order-elsewhere"
    ORDER_STATE = "order-state"
    # Refunds
    REFUND_MISSING = "refund-missing"
    REFUND_UNBOOKED = "refund-unbooked"
    REFUND_AMOUNT = "refund-amount"
    REFUND_RECEIPT = "refund-receipt"
    REFUND_ABOVE_RECEIPT = "refund-above-receipt"
    REFUND_STATE = "refund-state"
    REFUND_ELSEWHERE = "refund-elsewhere"
    REFUND_PAYEE = "refund-payee"
    # Transfers
    TRANSFER_MISSING = "transfer-missing"
    TRANSFER_UNBOOKED = "transfer-unbooked"
    TRANSFER_AMOUNT = "transfer-amount"
    TRANSFER_STATE = "transfer-state"
    TRANSFER_RECEIPT = "transfer-receipt"
    TRANSFER_PAYEE = "transfer-payee"
    TRANSFER_ACCOUNT = "transfer-account"
    PAID_TWICE = "paid-twice"
    # Two people
    FOUR_EYES = "four-eyes"
    # Files that refunds leave in
    DAILY_FILE_MISSING = "daily-file-missing"
    DAILY_FILE_TOTAL = "daily-file-total"
    DAILY_FILE_COUNT = "daily-file-count"
    DAILY_FILE_CHECKSUM = "daily-file-checksum"
    DAILY_LINE_MISSING = "daily-line-missing"
    DAILY_LINE_ADDED = "daily-line-added"
    DAILY_LINE_AMOUNT = "daily-line-amount"
    DAILY_LINE_TWICE = "daily-line-twice"
    DAILY_LINE_PAYEE = "daily-line-payee"
    # M-PESA's statement
    LINE_UNREADABLE = "line-unreadable"
    LINE_ALTERED = "line-altered"
    LINE_MISSING = "line-missing"
    LINE_ADDED = "line-added"
    LINE_TWICE = "line-twice"
    LINE_AMOUNT = "line-amount"
    LINE_TIME = "line-time"
    LINE_UNBOOKED = "line-unbooked"
    NOT_ON_STATEMENT = "not-on-statement"
    RUNNING_BALANCE = "running-balance"
    TIE_OUT = "tie-out"
    # Closed days
    DAY_MISSING = "day-missing"
    DAY_ALTERED = "day-altered"
    DAY_BOOKS = "day-books"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be. ``where`` names the object; ``cents`` is by how much, or how much money it
    is about, and 0 where no money is; ``words`` say what was found."""

    fault: Fault
    where: str
    cents: int
    words: str

    def __str__(self) -> str:
        return f"{self.fault}: {self.where}: {kes(self.cents)}: {self.words}"


def kes(cents: int) -> str:
    """KES 1,250 or -KES 0.99."""
    shillings, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}KES {shillings:,}" + (f".{rest:02}" if rest else "")
