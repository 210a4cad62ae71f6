"""Every call of the catalogue but the prompts: what is sent, what is answered, what is read."""

from daraja_cases.case import Case
from daraja_cases.money_calls import B2C, OPERATOR
from daraja_cases.money_calls import CASES as MONEY_CALLS
from daraja_cases.service_calls import CASES as SERVICE_CALLS
from daraja_cases.service_calls import INVOICE

CASES = [*MONEY_CALLS, *SERVICE_CALLS]

__all__ = ["B2C", "CASES", "INVOICE", "OPERATOR", "Case"]
