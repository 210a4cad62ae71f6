"""A typed client for Safaricom's M-PESA API (Daraja), honest about what is unknown."""

from daraja.apis.pull import PulledPage, PulledTransaction, PullRegistered, PullTransactions, RegisterPull
from daraja.apis.stk import (
    StkAck,
    StkCallback,
    StkPush,
    StkQuery,
    StkState,
    StkStatus,
    TransactionType,
    parse_stk_callback,
)
from daraja.callbacks import SAFARICOM_ADDRESSES, address_allowed, callback_token, token_digest
from daraja.client import AsyncClient, Client
from daraja.codes import RESULT_CODES, Outcome, ResultCode, Scope
from daraja.eat import EAT, timestamp
from daraja.environment import Credentials, Environment
from daraja.errors import (
    AlreadyRegistered,
    DarajaError,
    DuplicateRequest,
    InvalidRequest,
    MalformedMessage,
    OutcomeUnknown,
    Refused,
    RejectedField,
    SubscriberBusy,
    SystemBusy,
    Throttled,
    TokenRejected,
    Unreachable,
    WrongCredentials,
)
from daraja.reading import mask_msisdn, normal_msisdn
from daraja.tokens import MemoryTokenStore, Token, TokenStore

__all__ = [
    "EAT",
    "RESULT_CODES",
    "SAFARICOM_ADDRESSES",
    "AlreadyRegistered",
    "AsyncClient",
    "Client",
    "Credentials",
    "DarajaError",
    "DuplicateRequest",
    "Environment",
    "InvalidRequest",
    "MalformedMessage",
    "MemoryTokenStore",
    "Outcome",
    "OutcomeUnknown",
    "PullRegistered",
    "PullTransactions",
    "PulledPage",
    "PulledTransaction",
    "Refused",
    "RegisterPull",
    "RejectedField",
    "ResultCode",
    "Scope",
    "StkAck",
    "StkCallback",
    "StkPush",
    "StkQuery",
    "StkState",
    "StkStatus",
    "SubscriberBusy",
    "SystemBusy",
    "Throttled",
    "Token",
    "TokenRejected",
    "TokenStore",
    "TransactionType",
    "Unreachable",
    "WrongCredentials",
    "address_allowed",
    "callback_token",
    "mask_msisdn",
    "normal_msisdn",
    "parse_stk_callback",
    "timestamp",
    "token_digest",
]
