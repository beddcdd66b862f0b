"""Strings, counters, and what works on keys of any type."""
from redis.families.draw import Draw


def command(d: Draw) -> list[str]:
    key = d.key("s")
    match d.weighted({"SET": 8, "GET": 4, "GETSET": 1, "GETDEL": 1, "APPEND": 2, "STRLEN": 1, "SETNX": 2, "MGET": 1}):
        case "SET":
            return ["SET", key, d.value(), *set_options(d)]
        case "GET":
            return ["GET", key]
        case "MGET":
            return ["MGET", *d.some(lambda: d.key("s"))]
        case ("GETDEL" | "STRLEN") as name:
            return [name, key]
        case name:
            return [name, key, d.value()]


def set_options(d: Draw) -> list[str]:
    options = []
    while d.chance(0.4) and len(options) < 6:
        option = d.weighted({"NX": 3, "XX": 3, "GET": 2, "KEEPTTL": 2, "EX": 2, "PX": 4, "EXAT": 0.5, "PXAT": 0.5,
                             "bogus": 0.2})
        options.append(d.case(option))
        if option in ("EX", "PX"):
            options += ([d.seconds()] if option == "EX" else [d.milliseconds()]) if not d.chance(0.03) else []
        if option == "EXAT":
            options.append(d.pick("1", "9999999999", "0", "x"))
        if option == "PXAT":
            options.append(d.pick("1", "9999999999000", "-1"))
    return options


def counter(d: Draw) -> list[str]:
    key = d.key("n")
    match d.weighted({"INCR": 4, "DECR": 3, "INCRBY": 4, "DECRBY": 4, "SET": 2, "GET": 2}):
        case "SET":
            return ["SET", key, d.integer(), *(["PX", d.milliseconds()] if d.chance(0.3) else [])]
        case ("INCRBY" | "DECRBY") as name:
            return [name, key, d.integer()]
        case name:
            return [name, key]


def key(d: Draw) -> list[str]:
    name = d.weighted({"DEL": 3, "UNLINK": 1, "EXISTS": 2, "TYPE": 2, "EXPIRE": 3, "PEXPIRE": 4, "EXPIREAT": 1,
                       "PEXPIREAT": 1, "TTL": 3, "PTTL": 3, "PERSIST": 2, "DBSIZE": 1.5, "FLUSHALL": 0.4})
    any_key = d.key(d.pick("s", "n", "h", "u", "x"))
    match name:
        case "DBSIZE" | "FLUSHALL":
            return [name]
        case "DEL" | "UNLINK" | "EXISTS":
            return [name, *d.some(lambda: d.key(any_key))]
        case "EXPIRE" | "PEXPIRE":
            return [name, any_key, d.seconds() if name == "EXPIRE" else d.milliseconds(), *expire_options(d)]
        case "EXPIREAT":
            return [name, any_key, d.pick("1", "0", "-1", "9999999999", "x"), *expire_options(d)]
        case "PEXPIREAT":
            return [name, any_key, d.pick("1", "9999999999000", "9223372036854775807"), *expire_options(d)]
    return [name, any_key]


def expire_options(d: Draw) -> list[str]:
    if d.chance(0.65):
        return []
    return d.some(lambda: d.case(d.weighted({"NX": 3, "XX": 3, "GT": 3, "LT": 3, "ZZ": 0.4})), 1, 2)
