"""M-PESA's result codes and their usual texts, and the exception that carries one."""

TEXTS = {
    "0": "The service request is processed successfully.",
    "1": "The balance is insufficient for the transaction.",
    "2": "Declined due to limit rule: less than the minimum transaction amount.",
    "3": "Declined due to limit rule: greater than the maximum transaction amount.",
    "4": "Declined due to limit rule: would exceed daily transfer limit.",
    "8": "Declined due to limit rule: would exceed the maximum balance.",
    "11": "The DebitParty is in an invalid state.",
    "15": "Duplicate Detected",
    "17": "Rule limited.",
    "20": "Unresolved Initiator",
    "21": "The initiator is not allowed to initiate this request",
    "25": "The format of parameter null is invalid.",
    "26": "System busy. The service request is rejected.",
    "1001": "Unable to lock subscriber, a transaction is already in process for the current subscriber.",
    "1019": "Transaction has expired.",
    "1025": "An error occurred while sending a push request.",
    "1031": "Request cancelled by user",
    "1032": "Request cancelled by user",
    "1036": "SMSC ACK timeout.",
    "1037": "DS timeout user cannot be reached.",
    "2001": "The initiator information is invalid.",
    "2006": "Declined due to account rule: The account status does not allow this transaction.",
    "2028": "The request is not permitted according to product assignment.",
    "2040": "Credit Party customer type (Unregistered or Registered Customer) can't be supported by the service.",
    "1050": "Duplicate standing order name.",
    "4001": "User cancelled transaction",
    "4104": "Missing nominated number.",
    "4999": "The transaction is still under processing",
    "8006": "The security credential is locked.",
    "9999": "Error sending push request",
    "100000001": "The system is overload",
    "100000004": "Internal Server Error",
    "E3008": "Error, the user has a bad debt contract.",
    "R000001": "The transaction has already been reversed.",
    "R000002": "The OriginalTransactionID is invalid.",
    "SFC_IC0003": "The operator does not exist.",
    "TP40153": "The operator lacks permission.",
}


def text_of(code: str) -> str:
    """The usual text of `code`; a code without one is spoken of in general."""
    return TEXTS.get(code, "The request could not be processed.")


class DeclinedError(Exception):
    """M-PESA refuses a transaction; `code` and `text` say why, as they will stand in the result."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.text = text_of(code)
        super().__init__(f"{code} {self.text}")
