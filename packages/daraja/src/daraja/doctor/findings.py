"""What an examination finds."""

from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """How good or bad a finding is."""

    GOOD = "good"
    NOTE = "note"
    """Worth knowing; wrong only if you meant something else."""
    BAD = "bad"
    """Payments will fail, or be lost, until this is put right."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at, in plain words."""

    verdict: Verdict
    subject: str
    """What was looked at: `consumer key`, `callback URL` …"""
    words: str
    """What was seen and, if it is not good, what to do."""


def good(subject: str, words: str) -> Finding:
    return Finding(Verdict.GOOD, subject, words)


def note(subject: str, words: str) -> Finding:
    return Finding(Verdict.NOTE, subject, words)


def bad(subject: str, words: str) -> Finding:
    return Finding(Verdict.BAD, subject, words)
