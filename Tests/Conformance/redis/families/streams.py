"""Streams and their consumer groups."""
from redis.families.draw import Draw

WEIGHTS = {
    "XADD": 9, "XLEN": 1, "XRANGE": 2, "XREVRANGE": 1, "XDEL": 2, "XTRIM": 1.5, "CREATE": 4, "SETID": 0.8, "DESTROY": 0.5,
    "CREATECONSUMER": 0.6, "DELCONSUMER": 0.8, "XREADGROUP": 10, "XACK": 4, "XPENDING": 4, "XCLAIM": 3, "XAUTOCLAIM": 3,
    "XINFO": 2,
}


def command(d: Draw) -> list[str]:
    key = d.key("x")
    name = d.weighted(WEIGHTS)
    match name:
        case "XADD":
            return add(d, key)
        case "XLEN":
            return [name, key]
        case "XRANGE" | "XREVRANGE":
            return [name, key, bound(d), bound(d), *(["COUNT", d.small()] if d.chance(0.3) else [])]
        case "XDEL":
            return [name, key, *d.some(lambda: identifier(d))]
        case "XTRIM":
            return [name, key, *trim(d)]
        case "XREADGROUP":
            return read_group(d)
        case "XACK":
            return [name, key, group(d), *d.some(lambda: identifier(d))]
        case "XPENDING":
            return pending(d, key)
        case "XINFO":
            return [name, "GROUPS", key] if d.chance(0.3) else [name, "CONSUMERS", key, group(d)]
        case "XCLAIM":
            return claim(d, key)
        case "XAUTOCLAIM":
            return [name, key, group(d), consumer(d), idle(d), d.pick("0", "0-0", "-", identifier(d), bound(d)),
                    *(["COUNT", d.pick("1", "2", "10", "0", "-1")] if d.chance(0.3) else []),
                    *(["JUSTID"] if d.chance(0.2) else [])]
        case _:
            return ["XGROUP", d.case(name), *group_words(d, name, key)]


def group_words(d: Draw, name: str, key: str) -> list[str]:
    match name:
        case "CREATE":
            return [key, group(d), d.pick("0", "$", "$", identifier(d)), *(["MKSTREAM"] if d.chance(0.6) else [])]
        case "SETID":
            return [key, group(d), d.pick("0", "$", identifier(d))]
        case "DESTROY":
            return [key, group(d)]
        case _:
            return [key, group(d), consumer(d)]


def group(d: Draw) -> str:
    return d.weighted({"g": 8, "g2": 2})


def consumer(d: Draw) -> str:
    return d.pick("c1", "c1", "c2", "c3")


def identifier(d: Draw) -> str:
    if d.ids and d.chance(0.4):
        return d.among(d.ids)
    return d.weighted({"1-1": 4, "1-2": 4, "2-1": 4, "3-5": 2, "5": 2, "7-7": 1, "0-0": 0.3, "abc": 0.2, "1-": 0.1})


def bound(d: Draw) -> str:
    return d.weighted({"-": 5, "+": 5, identifier(d): 4, "(" + identifier(d): 1.5, "(-": 0.05})


def idle(d: Draw) -> str:
    """A least idle time, far from any that there can be."""
    return d.pick("0", "0", "200", "600", "100000") if d.deadlines else d.pick("0", "0", "100000", "-5", "x")


def add(d: Draw, key: str) -> list[str]:
    options = ["NOMKSTREAM"] if d.chance(0.06) else []
    if d.chance(0.12):
        options += trim(d)
    new_id = d.weighted({"*": 8, identifier(d): 3, "5-*": 0.5, "9-9": 0.5})
    pairs = [word for _ in range(d.random.randint(1, 2)) for word in (d.pick("k", "l"), d.value())]
    return ["XADD", key, *options, new_id, *(pairs[:-1] if d.chance(0.03) else pairs)]


def trim(d: Draw) -> list[str]:
    if d.chance(0.7):
        return ["MAXLEN", *d.pick([], ["="]), d.weighted({"0": 1, "1": 3, "2": 3, "10": 1, "-1": 0.3, "x": 0.2})]
    return ["MINID", *d.pick([], ["="]), identifier(d)]


def read_group(d: Draw) -> list[str]:
    words = ["XREADGROUP", "GROUP", group(d), consumer(d)]
    if d.chance(0.4):
        words += ["COUNT", d.pick("1", "2", "10", "0", "-1")]
    if d.chance(0.35):
        words += ["BLOCK", d.block()]
    if d.chance(0.1):
        words.append("NOACK")
    keys = d.some(lambda: d.key("x"), 1, 1 if d.chance(0.8) else 2)
    starts = [d.weighted({">": 8, "0": 3, identifier(d): 1, "$": 0.2}) for _ in keys]
    if d.chance(0.03):
        starts = starts[:-1]
    return words + ["STREAMS", *keys, *starts]


def pending(d: Draw, key: str) -> list[str]:
    words = ["XPENDING", key, group(d)]
    if d.chance(0.4):
        return words
    if d.chance(0.3):
        words += ["IDLE", idle(d)]
    words += [d.weighted({"-": 6, bound(d): 2}), d.weighted({"+": 6, bound(d): 2}), d.pick("10", "1", "2", "0", "-1")]
    return words + ([consumer(d)] if d.chance(0.3) else [])


def claim(d: Draw, key: str) -> list[str]:
    words = ["XCLAIM", key, group(d), consumer(d), idle(d), *d.some(lambda: identifier(d))]
    while d.chance(0.25):
        match d.weighted({"JUSTID": 2, "FORCE": 3, "RETRYCOUNT": 1, "IDLE": 0.7, "LASTID": 0.7, "bogus": 0.2}):
            case "RETRYCOUNT":
                words += ["RETRYCOUNT", d.pick("0", "3", "-1")]
            case "IDLE":
                words += ["IDLE", d.pick("0", "400", "100000")]
            case "LASTID":
                words += ["LASTID", identifier(d)]
            case option:
                words.append(option)
    return words


def rare(d: Draw) -> list[str]:
    """Streams without groups, and what XINFO tells."""
    key = d.key("x")
    match d.weighted({"XREAD": 6, "GROUPS": 3, "CONSUMERS": 3, "STREAM": 2, "XSETID": 1, "XADD": 5, "XDEL": 2}):
        case "XREAD":
            keys = d.some(lambda: d.key("x"), 1, 1 if d.chance(0.8) else 2)
            starts = [d.weighted({"$": 5, "0": 5, identifier(d): 2, ">": 0.2, "+": 0.1}) for _ in keys]
            return ["XREAD", *(["COUNT", d.pick("1", "2", "0", "-1")] if d.chance(0.3) else []),
                    *(["BLOCK", d.block()] if d.chance(0.5) else []), *(["NOACK"] if d.chance(0.02) else []),
                    "STREAMS", *keys, *starts]
        case "GROUPS":
            return ["XINFO", "GROUPS", key]
        case "STREAM":
            return ["XINFO", "STREAM", key]
        case "CONSUMERS":
            return ["XINFO", "CONSUMERS", key, group(d)]
        case "XSETID":
            return ["XSETID", key, identifier(d)]
        case "XADD":
            return add(d, key)
        case _:
            return ["XDEL", key, *d.some(lambda: identifier(d))]
