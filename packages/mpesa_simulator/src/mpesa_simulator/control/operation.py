"""What an operation of the control API is, and how it is served over HTTP."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from mpesa_simulator.core.clock import from_datetime
from mpesa_simulator.core.json import encode
from mpesa_simulator.core.world import World
from mpesa_simulator.wire.envelope import WORLD

PREFIX = "/simulator/v1"

Body_co = TypeVar("Body_co", covariant=True)


@dataclass(frozen=True)
class File:
    """An answer that is not JSON."""

    content: bytes
    content_type: str


class NotFoundError(Exception):
    """What was asked for is not there (HTTP 404)."""


class NotPossibleError(Exception):
    """What was asked cannot be done (HTTP 409 unless told otherwise)."""

    def __init__(self, why: str, status: int = 409) -> None:
        self.status = status
        super().__init__(why)


@dataclass(frozen=True)
class Asked(Generic[Body_co]):
    """A request that was understood."""

    world: World
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Body_co

    def seconds(self, name: str) -> float:
        """A query parameter in seconds, 0 when absent."""
        try:
            return float(self.query.get(name, 0))
        except ValueError:
            raise NotPossibleError(f"{name}: write a number of seconds.", 422) from None

    def day(self, name: str, default: int) -> int:
        """A query parameter that is a day (ISO): its first moment in EAT."""
        if name not in self.query:
            return default
        try:
            return from_datetime(datetime.fromisoformat(self.query[name]))
        except ValueError:
            raise NotPossibleError(f"{name}: write a day such as 2026-01-31.", 422) from None


@dataclass(frozen=True)
class Operation:
    """A method and path, what does it, the body that it takes, and the status of success."""

    method: str
    path: str
    handle: Callable[[Any], Any]
    body: Any = None
    status: int = 200

    def route(self) -> web.RouteDef:
        """Serve this operation."""
        return web.route(self.method, PREFIX + self.path, self._serve)

    async def _serve(self, request: web.Request) -> web.Response:
        try:
            raw = await request.read()
            body = TypeAdapter(self.body).validate_json(raw or b"{}") if self.body else None
            asked = Asked(request.app[WORLD], request.match_info, request.query, body)
            answer = await self._answer(asked)
            if isinstance(answer, File):
                return web.Response(body=answer.content, headers={"Content-Type": answer.content_type})
            return _json(self.status, answer)
        except ValidationError as error:
            return _problem(422, "; ".join(_complaint(dict(one)) for one in error.errors()))
        except NotFoundError as error:
            return _problem(404, str(error))
        except NotPossibleError as error:
            return _problem(error.status, str(error))

    async def _answer(self, asked: Asked[Any]) -> object:
        with asked.world.books.transaction():
            answer = self.handle(asked)
        return await answer if isinstance(answer, Awaitable) else answer


def _json(status: int, body: object) -> web.Response:
    return web.Response(status=status, text=encode(body), content_type="application/json")


def _problem(status: int, detail: str) -> web.Response:
    return _json(status, {"detail": detail})


def _complaint(error: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in error["loc"])
    return f"{where}: {error['msg']}" if where else str(error["msg"])
