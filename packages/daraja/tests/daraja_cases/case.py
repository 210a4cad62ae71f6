"""What a case is."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import daraja

SAMPLES = Path(__file__).parent.parent / "samples"


@dataclass
class Case:
    """One call: the request, what must be sent, the answer, and what must be read from it."""

    call: str
    request: daraja.Request
    path: str
    sent: object
    answer: str | dict[str, object]
    read: dict[str, object]
    headers: dict[str, str] = field(default_factory=dict)
    no: dict[str, object] | None = None
    """An answer with HTTP 200 that says no."""

    @property
    def body(self) -> bytes:
        if isinstance(self.answer, str):
            return (SAMPLES / f"{self.answer}.json").read_bytes()
        return json.dumps(self.answer).encode()

    def wire(self) -> dict[str, object]:
        return json.loads(self.body)
