// A threaded HTTP/1.1 server with the shape of Tomcat's NIO connector: one poller that accepts connections and watches
// them, and a fixed number of threads that read a request, answer it and give its connection back to the poller.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

struct Response {
    int status;
    std::string body;
};

// Of a request: its target ("/purchase?product=1"), and when the poller saw it.
using Handler = std::function<Response(const std::string &target, std::chrono::steady_clock::time_point seen)>;

class HTTPServer {
public:
    // `prepare` is called on each thread before it takes requests.
    HTTPServer(int port, int threads, std::function<void()> prepare, Handler handler) : handler(std::move(handler)) {
        listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        int on = 1;
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (bind(listener, (sockaddr *)&address, sizeof address) != 0 || listen(listener, 100) != 0) {
            throw std::runtime_error(std::string("listen: ") + strerror(errno));
        }
        poller = epoll_create1(0);
        watch(listener, EPOLL_CTL_ADD, EPOLLIN);
        for (int index = 0; index < threads; index++) {
            std::thread([this, prepare] {
                prepare();
                work();
            }).detach();
        }
    }

    void run() {
        epoll_event events[256];
        while (true) {
            int count = epoll_wait(poller, events, 256, -1);
            auto seen = std::chrono::steady_clock::now();
            for (int index = 0; index < count; index++) {
                if (events[index].data.fd == listener) {
                    acceptAll();
                    continue;
                }
                std::lock_guard lock(mutex);
                queue.push_back({events[index].data.fd, seen});
                ready.notify_one();
            }
        }
    }

private:
    struct Task {
        int connection;
        std::chrono::steady_clock::time_point seen;
    };

    void watch(int descriptor, int operation, uint32_t events) {
        epoll_event event{};
        event.events = events;
        event.data.fd = descriptor;
        epoll_ctl(poller, operation, descriptor, &event);
    }

    void acceptAll() {
        while (true) {
            int connection = accept4(listener, nullptr, nullptr, 0);
            if (connection < 0) return;
            int on = 1;
            setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            watch(connection, EPOLL_CTL_ADD, EPOLLIN | EPOLLONESHOT);
        }
    }

    void work() {
        while (true) {
            std::unique_lock lock(mutex);
            ready.wait(lock, [this] { return !queue.empty(); });
            Task task = queue.front();
            queue.pop_front();
            lock.unlock();
            serve(task);
        }
    }

    void serve(const Task &task) {
        char buffer[8192];
        size_t length = 0;
        char *end = nullptr;
        // A request has no body, and is one segment in practice.
        while (end == nullptr) {
            ssize_t count = recv(task.connection, buffer + length, sizeof buffer - 1 - length, 0);
            if (count <= 0) {
                close(task.connection);
                return;
            }
            length += count;
            buffer[length] = 0;
            end = strstr(buffer, "\r\n\r\n");
        }
        const char *target = strchr(buffer, ' ') + 1;
        Response response = handler(std::string(target, strchr(target, ' ')), task.seen);
        std::string text = "HTTP/1.1 " + std::to_string(response.status) +
            " -\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(response.body.size()) + "\r\n\r\n" +
            response.body;
        for (size_t sent = 0; sent < text.size();) {
            ssize_t count = send(task.connection, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
            if (count <= 0) {
                close(task.connection);
                return;
            }
            sent += count;
        }
        watch(task.connection, EPOLL_CTL_MOD, EPOLLIN | EPOLLONESHOT);
    }

    Handler handler;
    int listener = -1;
    int poller = -1;
    std::mutex mutex;
    std::condition_variable ready;
    std::deque<Task> queue;
};
