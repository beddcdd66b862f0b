"""Transactions, messages, and what every server refuses."""
from redis.families.draw import Draw


def transaction(d: Draw) -> list[str]:
    match d.weighted({"MULTI": 5, "EXEC": 5, "DISCARD": 1, "WATCH": 4, "UNWATCH": 0.7}):
        case "WATCH":
            return ["WATCH", *d.some(lambda: d.key(d.pick("s", "n", "h", "u", "x")), 1, 2)]
        case name:
            return [name]


def channel(d: Draw) -> str:
    return d.pick("news", "news", "other")


def pubsub(d: Draw) -> list[str]:
    match d.weighted({"SUBSCRIBE": 3, "UNSUBSCRIBE": 2, "PUBLISH": 6, "PING": 1}):
        case "SUBSCRIBE":
            return ["SUBSCRIBE", *d.some(lambda: channel(d), 1, 2)]
        case "UNSUBSCRIBE":
            return ["UNSUBSCRIBE", *d.some(lambda: channel(d), 0, 2)]
        case "PUBLISH":
            return ["PUBLISH", channel(d), d.value()]
        case _:
            return ["PING", *d.some(d.value, 0, 1)]


def patterns(d: Draw) -> list[str]:
    """Subscriptions to patterns, of which at most one fits a channel: the server would choose the order."""
    match d.weighted({"PSUBSCRIBE": 3, "PUNSUBSCRIBE": 2, "PUBLISH": 5, "SUBSCRIBE": 2, "NUMSUB": 1, "NUMPAT": 1,
                      "CHANNELS": 1}):
        case "PSUBSCRIBE":
            return ["PSUBSCRIBE", *d.some(lambda: d.pick("n*", "o?her"), 1, 2)]
        case "PUNSUBSCRIBE":
            return ["PUNSUBSCRIBE", *d.some(lambda: d.pick("n*", "o?her"), 0, 2)]
        case "NUMSUB":
            return ["PUBSUB", "NUMSUB", *d.some(lambda: channel(d), 0, 2)]
        case "NUMPAT":
            return ["PUBSUB", "NUMPAT"]
        case "CHANNELS":
            return ["PUBSUB", "CHANNELS", *d.some(lambda: d.pick("n*", "*"), 0, 1)]
        case "SUBSCRIBE":
            return ["SUBSCRIBE", channel(d)]
        case _:
            return ["PUBLISH", channel(d), d.value()]


ARITIES = ["GET", "SET", "INCR", "DECRBY", "HSET", "HGET", "SADD", "XADD", "XREADGROUP", "XACK", "XGROUP", "EVAL",
           "SUBSCRIBE", "PUBLISH", "WATCH", "MULTI", "EXPIRE", "XAUTOCLAIM", "PING", "WAIT", "SCRIPT", "EXEC",
           "XPENDING", "XCLAIM", "MGET", "DEL", "TTL"]


def error(d: Draw) -> list[str]:
    match d.weighted({"unknown": 2, "arity": 6, "subcommand": 1, "ECHO": 0.5, "SELECT": 0.5, "QUIT": 0.4, "WAIT": 0.6}):
        case "unknown":
            return [d.pick("FOO", "gett", "", "X" * 130), *d.some(lambda: d.pick("x", "y z", "w" * 100), 0, 3)]
        case "arity":
            return [d.case(d.among(ARITIES)), *d.some(lambda: d.key("s"), 0, 2)]
        case "subcommand":
            return d.pick(["XGROUP", "BOGUS", "x"], ["SCRIPT", "BOGUS"], ["XGROUP", "CREATE", "x"],
                          ["XGROUP", "destroy", "x", "g", "h"], ["SCRIPT", "LOAD"], ["CONFIG", "BOGUS"])
        case "SELECT":
            return ["SELECT", d.pick("0", "16", "-1", "x")]
        case "ECHO":
            return ["ECHO", d.value()]
        case "WAIT":
            return ["WAIT", d.pick("0", "x", "0", "-1"), d.pick("0", "x", "-1", "100")]
        case name:
            return [name]
