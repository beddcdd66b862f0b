// A bounded pool of database connections that hands over as HikariCP does: idle connections are taken in the order in
// which they were opened, a returned one goes to whoever has waited longest, and nobody waits beyond the time-out.
#pragma once

#include <mysql.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

using Clock = std::chrono::steady_clock;

struct PooledConnection {
    MYSQL *session = nullptr;
    int serial = 0;
    Clock::time_point lastAccessed;
};

class ConnectionPool {
public:
    ConnectionPool(int size, std::chrono::milliseconds timeout, const std::string &host, int port)
        : timeout(timeout), host(host), port(port) {
        connections.resize(size);
        for (int serial = 0; serial < size; serial++) {
            connections[serial].serial = serial;
            connections[serial].session = open();
            connections[serial].lastAccessed = Clock::now();
            idle.push_back(&connections[serial]);
        }
    }

    // A connection, or null after the time-out (SQLTransientConnectionException).
    PooledConnection *borrow() {
        std::unique_lock lock(mutex);
        if (!idle.empty()) {
            auto oldest = std::min_element(
                idle.begin(), idle.end(), [](auto *a, auto *b) { return a->serial < b->serial; });
            PooledConnection *connection = *oldest;
            idle.erase(oldest);
            lock.unlock();
            // aliveBypassWindowMs: what was used half a second ago is believed to be alive.
            if (Clock::now() - connection->lastAccessed >= std::chrono::milliseconds(501)) {
                if (mysql_ping(connection->session) != 0) throw std::runtime_error("a pooled connection is dead");
            }
            return connection;
        }
        Waiter waiter;
        queue.push_back(&waiter);
        auto deadline = Clock::now() + timeout;
        waiter.handed.wait_until(lock, deadline, [&] { return waiter.connection != nullptr; });
        if (waiter.connection == nullptr) queue.erase(std::find(queue.begin(), queue.end(), &waiter));
        return waiter.connection;
    }

    void giveBack(PooledConnection *connection) {
        std::lock_guard lock(mutex);
        connection->lastAccessed = Clock::now();
        if (queue.empty()) {
            idle.push_back(connection);
            return;
        }
        Waiter *first = queue.front();
        queue.pop_front();
        first->connection = connection;
        first->handed.notify_one();
    }

private:
    struct Waiter {
        std::condition_variable handed;
        PooledConnection *connection = nullptr;
    };

    MYSQL *open() {
        MYSQL *session = mysql_init(nullptr);
        if (!mysql_real_connect(session, host.c_str(), "shop", "shop", "shop", port, nullptr, 0)) {
            throw std::runtime_error(mysql_error(session));
        }
        return session;
    }

    std::chrono::milliseconds timeout;
    std::string host;
    int port;
    std::mutex mutex;
    std::vector<PooledConnection> connections;
    std::vector<PooledConnection *> idle;
    std::deque<Waiter *> queue;
};
