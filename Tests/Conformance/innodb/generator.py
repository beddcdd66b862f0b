"""Random scenarios: few rows, few keys, sessions that get in each other's way."""

import random

LEVELS = ("repeatable_read", "read_committed")


class Generator:
    """One scenario, drawn step by step from a seed while the recorder performs it."""

    def __init__(self, seed, without=()):
        self.without = without
        self.random = random.Random(seed)
        draw = self.random
        self.products = draw.randint(1, 3)
        self.users = draw.randint(1, 3)
        self.keys = [f"k{number}" for number in range(1, draw.randint(2, 5))]
        self.limit = draw.randint(5, 40)
        self.times_out = draw.random() < 0.03
        sessions = [f"s{number}" for number in range(1, draw.randint(2, 4) + 1)]
        self.next_session = len(sessions) + 1
        self.in_transaction = {}
        self.autocommit_off = set()
        self.issued = 0
        self.closing = None
        self.theme = draw.choice(["any", "any", "orders", "stock", "gaps", "cancel"])
        self.level = draw.choice(LEVELS) if draw.random() < 0.6 else None
        detects = not (self.times_out and draw.random() < 0.2)
        self.scenario = {
            "name": f"seed_{seed}",
            "about": f"Drawn from seed {seed}.",
            "server": "",
            "settings": {
                "default_isolation": draw.choice(LEVELS),
                "innodb_lock_wait_timeout": 1 if self.times_out else 50,
                "innodb_rollback_on_timeout": draw.random() < 0.2,
                "innodb_deadlock_detect": detects,
                "max_connections": 151,
                "client_found_rows": draw.random() < 0.5,
            },
            "unique_user_product": draw.random() < 0.5,
            "stock_constraint": draw.choice([None, "unsigned", "check"]),
            "tables": {"products": self._products(), "orders": []},
            "sessions": sessions,
        }
        self.scenario["tables"]["orders"] = self._orders()

    def _products(self):
        ids = [number for number in range(1, self.products + 1) if self.random.random() < 0.8]
        return [{"id": number, "stock": self.random.randint(0, 5), "version": 0} for number in ids]

    def _orders(self):
        rows = []
        free = [(user, product) for user in range(1, self.users + 1) for product in range(1, self.products + 1)]
        keys = list(self.keys)
        for number in range(1, self.random.randint(0, 2) + 1):
            user, product = free.pop(self.random.randrange(len(free))) if free else (None, None)
            if user is None:
                break
            key = keys.pop(self.random.randrange(len(keys))) if keys and self.random.random() < 0.7 else None
            rows.append({"id": number, "request_key": key, "user_id": user, "product_id": product, "quantity": 1})
        return rows

    # Steps

    def step(self, idle, waiting):
        """The next step for sessions of which some wait; None at the end."""
        self.issued += 1
        if self.closing is None and self.issued > self.limit:
            self.closing = 8 * (len(idle) + len(waiting))
        if self.closing is not None:
            return self._close(idle)
        if self.times_out and waiting and (not idle or self.random.random() < 0.15):
            return {"sleep_ms": 1400}
        draw = self.random.random()
        if not idle or (draw < 0.01 and len(idle) + len(waiting) < 4):
            if len(idle) + len(waiting) >= 6:
                return self._end()
            name = f"s{self.next_session}"
            self.next_session += 1
            return {"connect": name}
        if draw < 0.03 and len(idle) + len(waiting) > 2:
            name = self.random.choice(idle + waiting)
            self.in_transaction.pop(name, None)
            self.autocommit_off.discard(name)
            return {"disconnect": name}
        return self._operation(self.random.choice(idle))

    def _end(self):
        self.closing = 0
        return None

    def _close(self, idle):
        """Ends the transactions, so that what still waits shows what it waits for."""
        self.closing -= 1
        open_ones = [name for name in idle if self.in_transaction.pop(name, None)]
        for name in open_ones[1:]:
            self.in_transaction[name] = True
        if self.closing < 0 or not open_ones:
            return None
        return {"session": open_ones[0], "op": {self.random.choice(["commit", "commit", "rollback"]): {}}}

    def _operation(self, name):
        draw = self.random
        if not self.in_transaction.get(name):
            if draw.random() < 0.75:
                self.in_transaction[name] = True
                fields = {"isolation": self.level or draw.choice(LEVELS)}
                if draw.random() < 0.1:
                    fields["consistent_snapshot"] = True
                return {"session": name, "op": {"begin": fields}}
        elif draw.random() < 0.12:
            self.in_transaction[name] = name in self.autocommit_off
            return {"session": name, "op": {draw.choice(["commit", "commit", "rollback"]): {}}}
        elif draw.random() < 0.02:
            return {"session": name, "op": {"begin": {"isolation": draw.choice(LEVELS)}}}
        if draw.random() < 0.02:
            turns_on = name in self.autocommit_off
            (self.autocommit_off.discard if turns_on else self.autocommit_off.add)(name)
            self.in_transaction[name] = not turns_on
            return {"session": name, "op": {"set_autocommit": turns_on}}
        return {"session": name, "op": self._statement()}

    WEIGHTS = {
        "any": {"select": 6, "lock": 14, "lock_many": 6, "update": 20, "insert_product": 8, "insert_order": 20,
                "count": 4, "read_order": 3, "lock_order": 8, "delete_order": 5, "delete_product": 2},
        "orders": {"insert_order": 40, "lock_order": 20, "count": 5, "update": 8, "lock": 4, "delete_order": 4},
        "stock": {"select": 8, "lock": 20, "lock_many": 12, "update": 40, "insert_order": 8},
        "gaps": {"lock": 20, "lock_many": 8, "insert_product": 25, "lock_order": 20, "insert_order": 20, "select": 3,
                 "update": 10},
        "cancel": {"delete_order": 20, "insert_order": 25, "lock_order": 15, "read_order": 6, "count": 6,
                   "delete_product": 8, "insert_product": 8, "select": 4, "update": 8, "lock": 8},
    }

    def _statement(self):
        weights = self.WEIGHTS[self.theme]
        kinds = [kind for kind in weights if kind not in self.without]
        kind = self.random.choices(kinds, [weights[kind] for kind in kinds])[0]
        return getattr(self, "_" + kind)()

    def _product(self):
        # One beyond those that the shop starts with, so that there are gaps.
        return self.random.randint(1, self.products + 1)

    def _select(self):
        return {"select": {"product": self._product()}}

    def _policy(self):
        draw = self.random.random()
        return {"nowait": True} if draw < 0.08 else {"skip_locked": True} if draw < 0.16 else {}

    def _lock(self):
        return {"select_for_update": {"product": self._product(), **self._policy()}}

    def _lock_many(self):
        ids = self.random.sample(range(1, self.products + 2), self.random.randint(2, self.products + 1))
        return {"select_for_update": {"products": ids, **self._policy()}}

    def _update(self):
        draw = self.random
        fields = {"product": self._product()}
        if draw.random() < 0.25:
            fields["set"] = draw.randint(-1 if draw.random() < 0.1 else 0, 5)
        else:
            fields["add"] = draw.choice([-3, -2, -1, -1, -1, -1, 0, 1])
            if draw.random() < 0.4:
                fields["where_stock_at_least"] = draw.choice([1, 1, 2, 3])
        if draw.random() < 0.2:
            fields["where_version"] = draw.randint(0, 2)
        if draw.random() < 0.25:
            fields["bump_version"] = True
        return {"update_stock": fields}

    def _insert_product(self):
        return {"insert_product": {
            "product": self._product(), "stock": self.random.randint(-1 if self.random.random() < 0.05 else 0, 5)}}

    def _insert_order(self):
        fields = {
            "user": self.random.randint(1, self.users), "product": self.random.randint(1, self.products),
            "quantity": self.random.randint(1, 2)}
        if self.random.random() < 0.75:
            fields["request_key"] = self.random.choice(self.keys)
        return {"insert_order": fields}

    def _count(self):
        return {"count_orders": {
            "user": self.random.randint(1, self.users), "product": self.random.randint(1, self.products)}}

    def _read_order(self):
        return {"select_order": {"request_key": self.random.choice(self.keys)}}

    def _lock_order(self):
        return {"select_order": {"request_key": self.random.choice(self.keys), "for_update": True}}

    def _delete_order(self):
        return {"delete_order": {"request_key": self.random.choice(self.keys)}}

    def _delete_product(self):
        return {"delete_product": {"product": self._product()}}
