"""A phone's SMS inbox."""

from dataclasses import dataclass

from mpesa_simulator.core.world import World


@dataclass(frozen=True, slots=True)
class Message:
    """One SMS, `sent_at` in milliseconds."""

    id: int
    sender: str
    text: str
    sent_at: int
    read: bool


@dataclass(frozen=True, slots=True)
class Thread:
    """All messages from one sender, newest first."""

    sender: str
    messages: list[Message]

    @property
    def newest(self) -> Message:
        """The latest message."""
        return self.messages[0]

    @property
    def unread(self) -> int:
        """How many have not been opened."""
        return sum(not message.read for message in self.messages)


def send(world: World, msisdn: str, sender: str, text: str) -> None:
    """Put an SMS into the inbox of a number; one without a SIM keeps it until there is one."""
    world.books.run(
        "INSERT INTO messages (msisdn, sender, text, sent_at) VALUES (?, ?, ?, ?)", msisdn, sender, text, world.now
    )
    world.hub.announce(msisdn)


def inbox(world: World, msisdn: str, newest: int = 200) -> list[Message]:
    """A number's messages, newest first."""
    rows = world.books.all(
        "SELECT id, sender, text, sent_at, read FROM messages WHERE msisdn = ? ORDER BY id DESC LIMIT ?", msisdn, newest
    )
    return [Message(row[0], row[1], row[2], row[3], bool(row[4])) for row in rows]


def threads(world: World, msisdn: str) -> list[Thread]:
    """A number's messages by sender; the sender heard from last comes first."""
    grouped: dict[str, list[Message]] = {}
    for message in inbox(world, msisdn):
        grouped.setdefault(message.sender, []).append(message)
    return [Thread(sender, messages) for sender, messages in grouped.items()]


def mark_read(world: World, msisdn: str, sender: str) -> None:
    """The person opened the messages from `sender`."""
    world.books.run("UPDATE messages SET read = 1 WHERE msisdn = ? AND sender = ? AND read = 0", msisdn, sender)
