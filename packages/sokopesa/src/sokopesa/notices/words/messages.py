"""Conversations."""

from __future__ import annotations

from sokopesa.notices.events import Event, Group
from sokopesa.notices.languages import Both

MESSAGE_WAITING = Event(
    "message-waiting",
    Group.MESSAGES,
    subject=Both("{who} wrote to you", "{who} amekuandikia"),
    sms=Both(
        "{who} wrote to you about {thing}. Read and answer it under Messages.",
        "{who} amekuandikia kuhusu {thing}. Soma na ujibu kwenye Ujumbe.",
    ),
    more=Both(
        "Pay only on our pages, never to a number that somebody sends you, and never tell anybody your M-PESA PIN.",
        "Lipa kwenye kurasa zetu tu, kamwe si kwa namba unayotumiwa, na usimpe mtu PIN yako ya M-PESA.",
    ),
)
"""To whoever is away; ``thing`` is the goods or ``Order 8…``. What was written is not repeated."""
