"""What a reply becomes in a recording: placeholders stand for what no second run repeats."""
import re

from redis.resp import Error
from redis.scripts import REENTRANT_LOCK

# Ids made by a server of our days; the generator's own are shorter.
SERVER_ID = re.compile(r"^\d{13}-\d+$")
TIMES = {"TTL", "PTTL"}
UNORDERED = {"SMEMBERS", "KEYS", "SINTER", "SUNION", "SDIFF", "SPOP", "SRANDMEMBER", "HRANDFIELD"}
SCANS = {"SCAN", "SSCAN"}
#: Steps may lie up to 0.1 s behind their place in the grid of sleeps, both that which a time begins at and that which
#: asks for it; in milliseconds.
NEAR = 150


class Ambiguous(Exception):
    """The real server gave one id twice, to two streams: the recording could not tell them apart."""


class Replies:
    """Turns the replies of one scenario into recorded ones."""

    def __init__(self, slack_ms: int):
        # How far times may be off, beyond the milliseconds that steps take.
        self.slack = slack_ms
        self.names: dict[str, str] = {}

    @property
    def ids(self) -> dict[str, str]:
        """The real id of each name."""
        return {name: real for real, name in self.names.items()}

    def resolve(self, word: str) -> str:
        """The word as the real server must get it; KeyError for an id that was never made."""
        bare = word[1:] if word.startswith("(") else word
        if re.match(r"^\$id\d+$", bare):
            return word.replace(bare, self.ids[bare])
        return word

    def recorded(self, words: list[str], reply, queued: list[list[str]]):
        """The recorded form of the reply to a command; `queued` are those that EXEC has run."""
        name = words[0].upper() if words else ""
        if name == "EXEC" and isinstance(reply, list) and len(reply) == len(queued):
            return [self.recorded(command, part, []) for command, part in zip(queued, reply)]
        if isinstance(reply, Error):
            return {"error": str(reply)}
        if isinstance(reply, int) and reply > 0:
            if name == "PTTL" or name in ("EVAL", "EVALSHA") and REENTRANT_LOCK.matches(words):
                # A recording knows its date to the second only.
                return self._range(reply, NEAR, NEAR) if reply < 100_000_000 else self._range(reply, 1500, 1500)
            if name == "TTL":
                return self._range(reply, 1, 1)
            if name in ("EXPIRETIME", "PEXPIRETIME"):
                return self._range(reply, 2, 2) if name == "EXPIRETIME" else self._range(reply, 1500, 1500)
        if name == "XADD" and isinstance(reply, str) and SERVER_ID.match(reply) and "*" in words:
            return self._new(reply)
        if name == "XINFO" and words[1].upper() == "CONSUMERS" and isinstance(reply, list):
            return [self._consumer(row) for row in reply]
        # In EXEC's array, what a transaction sends its own client may stand in the answer's place.
        if " ".join(words[:2]).upper() == "PUBSUB CHANNELS" and isinstance(reply, list) and not any(
                isinstance(part, int) for part in reply):
            return {"any_order": sorted(reply)}
        if name in SCANS and isinstance(reply, list):
            return [reply[0], {"any_order": [self._plain(part) for part in sorted(reply[1])]}]
        if name in UNORDERED and isinstance(reply, list) and all(isinstance(part, str) for part in reply):
            return {"any_order": [self._plain(part) for part in sorted(reply)]}
        if name == "XPENDING" and len(words) > 3 and isinstance(reply, list):
            return [[self._plain(row[0]), row[1], self._range(row[2], NEAR, NEAR), row[3]] for row in reply]
        return self._plain(reply)

    def _consumer(self, row: list) -> list:
        """A row of XINFO CONSUMERS, with any idle time near the real one."""
        return [self._range(part, NEAR, NEAR) if key == "idle" else self._plain(part)
                for key, part in zip([None, *row], row)]

    def _range(self, number: int, below: int, above: int) -> dict:
        return {
            "any": "integer", "min": max(0, number - below - self.slack), "max": number + above + self.slack,
        }

    def _new(self, real: str) -> dict:
        if real in self.names:
            raise Ambiguous(real)
        self.names[real] = f"$id{len(self.names) + 1}"
        return {"any": "stream_id", "as": self.names[real]}

    def _plain(self, reply):
        if isinstance(reply, Error):
            return {"error": str(reply)}
        if isinstance(reply, list):
            return [self._plain(part) for part in reply]
        if isinstance(reply, str) and SERVER_ID.match(reply):
            return self.names[reply] if reply in self.names else self._new(reply)
        return reply
