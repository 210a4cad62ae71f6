"""Finding out what is wrong with an M-PESA set-up before a customer does."""

from daraja.doctor.examination import examine
from daraja.doctor.findings import Finding, Verdict
from daraja.doctor.setup import Setup

__all__ = ["Finding", "Setup", "Verdict", "examine"]
