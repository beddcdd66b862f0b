// The miniature's application: the flows of Sources/SimNodes/Purchase and Cache, step by step, against real servers.
//
//   app PORT THREADS REDIS_PORT MARIADB_PORT POOL_SIZE POOL_TIMEOUT_MS SLEEP_SECONDS
//
// GET /steps returns when each request passed each step, and forgets it; with probe=1 a purchase also measures a ping
// and a transaction that has nothing to write to disk.

#include <hiredis/hiredis.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "pool.hpp"
#include "server.hpp"

enum Step {
    seen, begun, locked, stockRead, borrowed, warmed, pinged, readOnlyBegun, readOnlyRead, readOnlyCommitted,
    transactionBegun, selected, updated, inserted, committed, cacheUpdated, unlocked, published, cacheRead, cacheFilled, answered,
    stepCount
};

// A request's way through the flow, in nanoseconds; 0 where it did not come by.
struct Journey {
    int64_t number = 0;
    int64_t status = 0;
    std::array<int64_t, stepCount> times{};

    void pass(Step step) { times[step] = Clock::now().time_since_epoch().count(); }
};

struct Query {
    int64_t number = 0, user = 0, product = 0, quantity = 1;
    bool isProbe = false;

    explicit Query(const std::string &target) {
        const char *text = strchr(target.c_str(), '?');
        auto value = [&](const char *name) -> int64_t {
            const char *place = text ? strstr(text, name) : nullptr;
            return place ? atoll(place + strlen(name)) : 0;
        };
        number = value("number=");
        user = value("user=");
        product = value("product=");
        quantity = std::max<int64_t>(1, value("quantity="));
        isProbe = value("probe=") != 0;
    }
};

static int redisPort;
static std::string sleepSeconds;
static ConnectionPool *pool;
static std::mutex journeysMutex;
static std::vector<Journey> journeys;

// Each thread has a connection of its own: with one shared by all, the order of commands would be the same.
static redisContext *redis() {
    thread_local redisContext *context = redisConnect("127.0.0.1", redisPort);
    if (context == nullptr || context->err) throw std::runtime_error("no Redis");
    return context;
}

struct Reply {
    redisReply *reply;

    template <class... Arguments> explicit Reply(const char *format, Arguments... arguments) {
        reply = (redisReply *)redisCommand(redis(), format, arguments...);
        if (reply == nullptr || reply->type == REDIS_REPLY_ERROR) throw std::runtime_error("Redis failed");
    }
    ~Reply() { freeReplyObject(reply); }
    bool isNil() const { return reply->type == REDIS_REPLY_NIL; }
    int64_t number() const { return reply->type == REDIS_REPLY_INTEGER ? reply->integer : atoll(reply->str); }
};

static int64_t run(PooledConnection *connection, const std::string &statement) {
    MYSQL *session = connection->session;
    if (mysql_real_query(session, statement.data(), statement.size()) != 0) {
        throw std::runtime_error(mysql_error(session));
    }
    if (MYSQL_RES *result = mysql_store_result(session)) {
        MYSQL_ROW row = mysql_fetch_row(result);
        int64_t value = row && row[0] ? atoll(row[0]) : -1;
        mysql_free_result(result);
        return value;
    }
    return (int64_t)mysql_affected_rows(session);
}

static std::string select(int64_t product) {
    return "SELECT stock, version, SLEEP(" + sleepSeconds + ") FROM products WHERE id = " + std::to_string(product);
}

static void probe(PooledConnection *connection, const Query &query, Journey &journey) {
    mysql_ping(connection->session);
    journey.pass(warmed);
    mysql_ping(connection->session);
    journey.pass(pinged);
    run(connection, "BEGIN");
    journey.pass(readOnlyBegun);
    run(connection, select(query.product) + " FOR UPDATE");
    journey.pass(readOnlyRead);
    run(connection, "COMMIT");
    journey.pass(readOnlyCommitted);
}

static bool sell(PooledConnection *connection, const Query &query, Journey &journey) {
    if (query.isProbe) probe(connection, query, journey);
    std::string product = std::to_string(query.product), quantity = std::to_string(query.quantity);
    run(connection, "BEGIN");
    journey.pass(transactionBegun);
    run(connection, select(query.product) + " FOR UPDATE");
    journey.pass(selected);
    int64_t changed = run(
        connection, "UPDATE products SET stock = stock - " + quantity + ", version = version + 1 WHERE id = " +
            product + " AND stock >= " + quantity);
    journey.pass(updated);
    if (changed == 0) {
        run(connection, "ROLLBACK");
        return false;
    }
    run(connection, "INSERT INTO orders (user_id, product_id, quantity) VALUES (" + std::to_string(query.user) + ", " +
            product + ", " + quantity + ")");
    journey.pass(inserted);
    run(connection, "COMMIT");
    journey.pass(committed);
    return true;
}

static const char unlockScript[] =
    "if redis.call(\"get\",KEYS[1]) == ARGV[1] then return redis.call(\"del\",KEYS[1]) else return 0 end";

static Response purchase(const Query &query, Journey &journey) {
    std::string product = std::to_string(query.product), token = std::to_string(query.number);
    std::string lock = "lock:product:" + product, stock = "product:" + product + ":stock";
    bool isMine = !Reply("SET %s %s NX PX 30000", lock.c_str(), token.c_str()).isNil();
    journey.pass(locked);
    if (!isMine) return {423, "Product Being Processed"};
    auto unlock = [&] { Reply("EVAL %s 1 %s %s", unlockScript, lock.c_str(), token.c_str()); };

    bool isSufficient = Reply("GET %s", stock.c_str()).number() >= query.quantity;
    journey.pass(stockRead);
    if (!isSufficient) {
        unlock();
        return {409, "Insufficient Stock"};
    }
    PooledConnection *connection = pool->borrow();
    journey.pass(borrowed);
    if (connection == nullptr) {
        unlock();
        return {503, "Connection is not available"};
    }
    bool isSold = sell(connection, query, journey);
    pool->giveBack(connection);
    if (isSold) Reply("DECRBY %s %lld", stock.c_str(), (long long)query.quantity);
    journey.pass(cacheUpdated);
    unlock();
    journey.pass(unlocked);
    if (!isSold) return {409, "Insufficient Stock"};
    Reply("PUBLISH orders %s", token.c_str());
    journey.pass(published);
    return {200, "Order Placed"};
}

static Response view(const Query &query, Journey &journey) {
    std::string product = std::to_string(query.product), key = "product:" + product + ":details";
    {
        Reply cached("GET %s", key.c_str());
        journey.pass(cacheRead);
        if (!cached.isNil()) return {200, cached.reply->str};
    }
    PooledConnection *connection = pool->borrow();
    journey.pass(borrowed);
    if (connection == nullptr) return {503, "Connection is not available"};
    std::string details = std::to_string(run(connection, select(query.product)));
    journey.pass(selected);
    pool->giveBack(connection);
    Reply("SET %s %s PX 300000", key.c_str(), details.c_str());
    journey.pass(cacheFilled);
    return {200, details};
}

// Hands out the journeys so far as CSV, with the names of the steps in the first line.
static Response takeJourneys() {
    std::vector<Journey> taken;
    {
        std::lock_guard lock(journeysMutex);
        taken.swap(journeys);
    }
    std::string text =
        "number,status,seen,begun,locked,stockRead,borrowed,warmed,pinged,readOnlyBegun,readOnlyRead,readOnlyCommitted,"
        "transactionBegun,selected,updated,inserted,committed,cacheUpdated,unlocked,published,cacheRead,cacheFilled,"
        "answered\n";
    for (const Journey &journey : taken) {
        text += std::to_string(journey.number) + "," + std::to_string(journey.status);
        for (int64_t time : journey.times) text += "," + std::to_string(time);
        text += "\n";
    }
    return {200, text};
}

static Response handle(const std::string &target, Clock::time_point seenAt) {
    if (target.starts_with("/steps")) return takeJourneys();
    Query query(target);
    Journey journey;
    journey.number = query.number;
    journey.times[seen] = seenAt.time_since_epoch().count();
    journey.pass(begun);
    Response response{500, ""};
    try {
        response = target.starts_with("/view") ? view(query, journey) : purchase(query, journey);
    } catch (const std::exception &error) {
        response.body = error.what();
        fprintf(stderr, "%s\n", error.what());
    }
    journey.pass(answered);
    journey.status = response.status;
    std::lock_guard lock(journeysMutex);
    journeys.push_back(journey);
    return response;
}

int main(int count, char **arguments) {
    if (count != 8) {
        fprintf(stderr, "usage: app PORT THREADS REDIS_PORT MARIADB_PORT POOL_SIZE POOL_TIMEOUT_MS SLEEP_SECONDS\n");
        return 64;
    }
    signal(SIGPIPE, SIG_IGN);
    redisPort = atoi(arguments[3]);
    sleepSeconds = arguments[7];
    mysql_library_init(0, nullptr, nullptr);
    pool = new ConnectionPool(
        atoi(arguments[5]), std::chrono::milliseconds(atoi(arguments[6])), "127.0.0.1", atoi(arguments[4]));
    journeys.reserve(100'000);
    HTTPServer(atoi(arguments[1]), atoi(arguments[2]), [] { redis(); }, handle).run();
}
