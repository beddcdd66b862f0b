// An open-loop load generator: sends each request of a trace at its time, whatever became of the earlier ones, and
// measures from that time (no coordinated omission).
//
//   load TRACE PORT CONNECTIONS PATH_SUFFIX > answers.csv
//
// TRACE is a CSV that Stampede reads as well: at,flow,product,quantity,user with at in ns. One thread, kept
// connections.

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

struct Request {
    int64_t at;
    std::string text;
    int64_t sent = 0, done = 0;
    int status = 0;
};

struct Connection {
    int socket;
    int request = -1;
    std::string received;
};

static int64_t now() {
    timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

static int connectTo(int port) {
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(descriptor, (sockaddr *)&address, sizeof address) != 0) {
        perror("connect");
        exit(1);
    }
    int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return descriptor;
}

static std::vector<Request> read(const char *path, const std::string &suffix) {
    std::ifstream file(path);
    std::string line;
    std::vector<Request> requests;
    std::getline(file, line);
    while (std::getline(file, line)) {
        long long at, product, quantity, user;
        char flow[16];
        if (sscanf(line.c_str(), "%lldns,%15[a-z],%lld,%lld,%lld", &at, flow, &product, &quantity, &user) != 5) {
            fprintf(stderr, "not an arrival: %s\n", line.c_str());
            exit(1);
        }
        std::string method = strcmp(flow, "view") == 0 ? "GET" : "POST";
        std::string text = method + " /" + flow + "?number=" + std::to_string(requests.size()) + "&product=" +
            std::to_string(product) + "&quantity=" + std::to_string(quantity) + "&user=" + std::to_string(user) +
            suffix + " HTTP/1.1\r\nHost: shop\r\nContent-Length: 0\r\n\r\n";
        requests.push_back({at, text});
    }
    return requests;
}

// Whether the answer is complete; its status goes into the request.
static bool isComplete(const std::string &received, Request &request) {
    size_t end = received.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const char *length = strcasestr(received.c_str(), "content-length:");
    size_t body = length ? atoll(length + 15) : 0;
    if (received.size() < end + 4 + body) return false;
    request.status = atoi(received.c_str() + 9);
    return true;
}

int main(int count, char **arguments) {
    if (count < 4) {
        fprintf(stderr, "usage: load TRACE PORT CONNECTIONS [PATH_SUFFIX]\n");
        return 64;
    }
    prctl(PR_SET_TIMERSLACK, 1);
    std::vector<Request> requests = read(arguments[1], count > 4 ? arguments[4] : "");
    int port = atoi(arguments[2]);
    int poller = epoll_create1(0);
    std::vector<Connection> connections(atoi(arguments[3]));
    std::vector<int> idle;
    for (int index = (int)connections.size() - 1; index >= 0; index--) {
        connections[index].socket = connectTo(port);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u32 = index;
        epoll_ctl(poller, EPOLL_CTL_ADD, connections[index].socket, &event);
        idle.push_back(index);
    }
    // The first request comes after everything has settled.
    int64_t start = now() + 200'000'000;
    size_t next = 0, open = 0;
    epoll_event events[256];
    char buffer[65536];
    while (next < requests.size() || open > 0) {
        int64_t wait = next < requests.size() ? start + requests[next].at - now() : 100'000'000;
        timespec timeout{0, 0};
        if (wait > 0) timeout = {wait / 1'000'000'000, wait % 1'000'000'000};
        int ready = epoll_pwait2(poller, events, 256, &timeout, nullptr);
        for (int index = 0; index < ready; index++) {
            Connection &connection = connections[events[index].data.u32];
            ssize_t length = recv(connection.socket, buffer, sizeof buffer, 0);
            if (length <= 0) {
                fprintf(stderr, "a connection was closed\n");
                return 1;
            }
            if (connection.request < 0) continue;
            Request &request = requests[connection.request];
            connection.received.append(buffer, length);
            if (!isComplete(connection.received, request)) continue;
            request.done = now();
            connection.received.clear();
            connection.request = -1;
            idle.push_back(events[index].data.u32);
            open--;
        }
        while (next < requests.size() && start + requests[next].at <= now()) {
            if (idle.empty()) {
                fprintf(stderr, "all connections are busy\n");
                return 1;
            }
            Connection &connection = connections[idle.back()];
            idle.pop_back();
            Request &request = requests[next];
            connection.request = (int)next++;
            open++;
            request.sent = now();
            if (send(connection.socket, request.text.data(), request.text.size(), MSG_NOSIGNAL) < 0) return 1;
        }
    }
    printf("number,status,intended,sent,done\n");
    for (size_t index = 0; index < requests.size(); index++) {
        const Request &request = requests[index];
        printf(
            "%zu,%d,%lld,%lld,%lld\n", index, request.status, (long long)request.at,
            (long long)(request.sent - start), (long long)(request.done - start));
    }
}
