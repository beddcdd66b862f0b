"""Lists, with those who wait for them."""
from redis.families.draw import Draw

WEIGHTS = {
    "LPUSH": 5, "RPUSH": 5, "LPUSHX": 1, "RPUSHX": 1, "LPOP": 3, "RPOP": 3, "LLEN": 1, "LRANGE": 3, "LINDEX": 1, "LSET": 1.5,
    "LREM": 1.5, "LTRIM": 1.5, "LINSERT": 1.5, "LPOS": 1.5, "LMOVE": 2, "RPOPLPUSH": 1.5, "BLPOP": 3, "BRPOP": 3,
    "BLMOVE": 1.5, "BRPOPLPUSH": 1,
}


def element(d: Draw) -> str:
    return d.pick("a", "b", "c", "1", "")


def seconds_to_wait(d: Draw) -> str:
    """A time-out in seconds, with a fraction."""
    if d.chance(0.05):
        return d.pick("-1", "x", "")
    if d.deadlines and d.chance(0.7):
        return d.pick("0.2", "0.6", "1.0")
    return d.pick("0", "60")


def side(d: Draw) -> str:
    return d.weighted({"LEFT": 5, "RIGHT": 5, "left": 0.5, "UP": 0.2})


def command(d: Draw) -> list[str]:
    key = d.key("l")
    name = d.weighted(WEIGHTS)
    match name:
        case "LPUSH" | "RPUSH" | "LPUSHX" | "RPUSHX":
            return [name, key, *d.some(lambda: element(d))]
        case "LPOP" | "RPOP":
            return [name, key, *([d.pick("0", "1", "2", "-1", "x")] if d.chance(0.4) else [])]
        case "LLEN":
            return [name, key]
        case "LRANGE" | "LTRIM":
            return [name, key, d.small(-3, 3), d.small(-3, 3)]
        case "LINDEX":
            return [name, key, d.small(-3, 3)]
        case "LSET":
            return [name, key, d.small(-3, 3), element(d)]
        case "LREM":
            return [name, key, d.small(-2, 2), element(d)]
        case "LINSERT":
            return [name, key, d.pick("BEFORE", "AFTER", "after", "AMID"), element(d), element(d)]
        case "LPOS":
            return [name, key, element(d), *(["RANK", d.small(-2, 2)] if d.chance(0.4) else []),
                    *(["COUNT", d.small(-1, 2)] if d.chance(0.4) else []), *(["MAXLEN", "2"] if d.chance(0.2) else [])]
        case "LMOVE":
            return [name, key, d.key("l"), side(d), side(d)]
        case "RPOPLPUSH":
            return [name, key, d.key("l")]
        case "BLMOVE":
            return [name, key, d.key("l"), side(d), side(d), seconds_to_wait(d)]
        case "BRPOPLPUSH":
            return [name, key, d.key("l"), seconds_to_wait(d)]
        case _:
            return [name, *d.some(lambda: d.key("l"), 1, 2), seconds_to_wait(d)]
