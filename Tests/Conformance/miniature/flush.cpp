// Loaded into mariadbd by LD_PRELOAD: a disk that takes FLUSH_SECONDS to write something out, always. What a real one
// takes depends on what it did before and on who else uses it; how transactions share a flush does not.

#include <cstdlib>
#include <ctime>

static int flush() {
    static const double seconds = atof(getenv("FLUSH_SECONDS"));
    timespec time{(time_t)seconds, (long)((seconds - (time_t)seconds) * 1e9)};
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &time, &time) != 0) {}
    return 0;
}

extern "C" int fsync(int) { return flush(); }
extern "C" int fdatasync(int) { return flush(); }
