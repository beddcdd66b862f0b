"""Sorted sets, with those who wait for them."""
from redis.families.draw import Draw
from redis.families.lists import seconds_to_wait

WEIGHTS = {
    "ZADD": 9, "ZREM": 2, "ZSCORE": 1, "ZMSCORE": 1, "ZCARD": 1, "ZCOUNT": 1.5, "ZINCRBY": 2, "ZRANK": 1, "ZREVRANK": 1,
    "ZRANGE": 4, "ZRANGEBYSCORE": 2, "ZREVRANGE": 1, "ZREVRANGEBYSCORE": 1, "ZREMRANGEBYSCORE": 1, "ZREMRANGEBYRANK": 1,
    "ZPOPMIN": 2, "ZPOPMAX": 2, "BZPOPMIN": 2, "BZPOPMAX": 2,
}


def member(d: Draw) -> str:
    return d.pick("a", "b", "c", "d", "")


def score(d: Draw) -> str:
    return d.weighted({"1": 4, "2": 4, "0": 2, "-1": 2, "1.5": 2, "inf": 0.5, "-inf": 0.5, "1e3": 0.5, "0.1": 1, "x": 0.3,
                       "nan": 0.1, "": 0.1, "3.14159265358979": 0.3})


def bound(d: Draw) -> str:
    return d.weighted({"-inf": 3, "+inf": 3, score(d): 4, "(" + score(d): 2})


def command(d: Draw) -> list[str]:
    key = d.key("z")
    name = d.weighted(WEIGHTS)
    match name:
        case "ZADD":
            options = d.some(lambda: d.weighted({"NX": 2, "XX": 2, "GT": 2, "LT": 2, "CH": 2, "INCR": 1}), 0, 2) \
                if d.chance(0.5) else []
            pairs = [word for _ in range(d.random.randint(1, 3)) for word in (score(d), member(d))]
            return [name, key, *options, *(pairs[:-1] if d.chance(0.03) else pairs)]
        case "ZREM" | "ZMSCORE":
            return [name, key, *d.some(lambda: member(d))]
        case "ZSCORE" | "ZRANK" | "ZREVRANK":
            return [name, key, member(d)]
        case "ZCARD":
            return [name, key]
        case "ZINCRBY":
            return [name, key, score(d), member(d)]
        case "ZCOUNT" | "ZREMRANGEBYSCORE":
            return [name, key, bound(d), bound(d)]
        case "ZREMRANGEBYRANK":
            return [name, key, d.small(-3, 3), d.small(-3, 3)]
        case "ZRANGE" | "ZREVRANGE":
            words = [name, key, d.small(-3, 3), d.small(-3, 3)]
            if name == "ZRANGE" and d.chance(0.3):
                words = [name, key, bound(d), bound(d), "BYSCORE", *limit(d)]
            if name == "ZRANGE" and d.chance(0.2):
                words.append("REV")
            return words + with_scores(d)
        case "ZRANGEBYSCORE" | "ZREVRANGEBYSCORE":
            return [name, key, bound(d), bound(d), *with_scores(d), *limit(d)]
        case "ZPOPMIN" | "ZPOPMAX":
            return [name, key, *([d.pick("0", "1", "2", "-1", "x")] if d.chance(0.4) else [])]
        case _:
            return [name, *d.some(lambda: d.key("z"), 1, 2), seconds_to_wait(d)]


def with_scores(d: Draw) -> list[str]:
    return ["WITHSCORES"] if d.chance(0.4) else []


def limit(d: Draw) -> list[str]:
    return ["LIMIT", d.small(-1, 2), d.small(-1, 2)] if d.chance(0.3) else []
