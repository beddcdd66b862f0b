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
            options = expire_options(d)
            if {"GT", "LT"} & {option.upper() for option in options}:
                return [name, any_key, d.another_time(1000 if name == "EXPIRE" else 1), *options]
            return [name, any_key, d.seconds() if name == "EXPIRE" else d.milliseconds(), *options]
        case "EXPIREAT":
            return [name, any_key, d.pick("1", "0", "-1", "9999999999", "x"), *expire_options(d)]
        case "PEXPIREAT":
            return [name, any_key, d.pick("1", "9999999999000", "9223372036854775807"), *expire_options(d)]
    return [name, any_key]


def expire_options(d: Draw) -> list[str]:
    if d.chance(0.65):
        return []
    return d.some(lambda: d.case(d.weighted({"NX": 3, "XX": 3, "GT": 3, "LT": 3, "ZZ": 0.4})), 1, 2)


def rare(d: Draw) -> list[str]:
    """Strings beyond the ones every design uses."""
    key = d.key("s")
    match d.weighted({"MSET": 2, "MSETNX": 1, "SETEX": 2, "PSETEX": 2, "GETEX": 3, "GETRANGE": 2, "SETRANGE": 2,
                      "INCRBYFLOAT": 3}):
        case ("MSET" | "MSETNX") as name:
            pairs = [word for _ in range(d.random.randint(1, 3)) for word in (d.key("s"), d.value())]
            return [name, *(pairs[:-1] if d.chance(0.05) else pairs)]
        case "SETEX":
            return ["SETEX", key, d.seconds(), d.value()]
        case "PSETEX":
            return ["PSETEX", key, d.milliseconds(), d.value()]
        case "GETEX":
            return ["GETEX", key, *getex_options(d)]
        case "GETRANGE":
            return ["GETRANGE", key, d.small(-4, 4), d.small(-4, 4)]
        case "SETRANGE":
            return ["SETRANGE", key, d.pick("0", "1", "2", "-1", "x", "4294967296"), d.pick("", "ab", "7")]
        case name:
            return [name, d.key("n"), d.pick("1", "0.1", "-1.5", "1e2", "3.0", "abc", "inf", "0.3", "1e300", "")]


def getex_options(d: Draw) -> list[str]:
    match d.weighted({"none": 2, "EX": 2, "PX": 3, "PERSIST": 2, "EXAT": 0.5, "both": 0.5, "bogus": 0.3}):
        case "EX":
            return ["EX", d.seconds()]
        case "PX":
            return ["PX", d.milliseconds()]
        case "PERSIST":
            return ["PERSIST"]
        case "EXAT":
            return ["EXAT", d.pick("1", "9999999999", "0")]
        case "both":
            return ["PERSIST", "EX", "10"]
        case "bogus":
            return [d.pick("KEEPTTL", "NX", "GET")]
    return []


def rare_key(d: Draw) -> list[str]:
    """Keys of any type, beyond the commands that every design uses."""
    one, other = d.key(d.pick("s", "n", "h", "u", "x", "l", "z")), d.key(d.pick("s", "n", "h", "u", "x", "l", "z"))
    match d.weighted({"RENAME": 3, "RENAMENX": 2, "COPY": 3, "TOUCH": 1, "KEYS": 2, "SCAN": 2, "EXPIRETIME": 1,
                      "PEXPIRETIME": 1}):
        case ("RENAME" | "RENAMENX") as name:
            return [name, one, other]
        case "COPY":
            return ["COPY", one, other, *(["REPLACE"] if d.chance(0.4) else []), *(["BOGUS"] if d.chance(0.03) else [])]
        case "TOUCH":
            return ["TOUCH", *d.some(lambda: d.key(one))]
        case "KEYS":
            return ["KEYS", d.pick("*", "[a-c]", "?", "seckill:*", "\\a", "[^a]")]
        case "SCAN":
            return ["SCAN", "0", *(["MATCH", d.pick("*", "[ab]")] if d.chance(0.3) else []),
                    *(["COUNT", "100"] if d.chance(0.5) else []),
                    *(["TYPE", d.pick("string", "hash", "stream", "bogus")] if d.chance(0.3) else [])]
        case name:
            return [name, one]


def bits(d: Draw) -> list[str]:
    """Bitmaps; they are only looked at bit by bit, since a string of any bytes is no text."""
    key = d.key("bits")
    match d.weighted({"SETBIT": 5, "GETBIT": 3, "BITCOUNT": 3, "STRLEN": 1}):
        case "SETBIT":
            return ["SETBIT", "bits", d.pick("0", "1", "7", "9", "20", "-1", "x", "4294967296"), d.pick("0", "1", "1", "2")]
        case "GETBIT":
            return ["GETBIT", key, d.pick("0", "1", "7", "9", "100", "-1", "x")]
        case "BITCOUNT":
            return ["BITCOUNT", key, *([d.small(-3, 3), d.small(-3, 3), *d.some(lambda: d.pick("BYTE", "BIT", "X"), 0, 1)]
                                       if d.chance(0.5) else [])]
        case name:
            return [name, key]
