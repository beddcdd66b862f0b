/// The reports of the invented runs, as they have to look.
enum GoldenReports {
    static let breaking = """
        BREAKS: 2 acknowledged orders were lost
        The primary dies in the middle of the sale (configs/scenarios/primary-down.json)

        What broke first: mysql-primary at 412 ms: crashed (process), at the 200th mysql.commit
           412 ms  fault   mysql-primary  crashed (process), at the 200th mysql.commit
           412 ms  breaks  mysql-primary  its connections were reset
           413 ms  breaks  app1, app2     a purchase failed: the connection to mysql-primary was reset (×2)
          1.414 s  breaks  app1           a purchase waited 1000 ms for a connection (×2, last at 2.415 s)
          5.000 s  then    orchestrator   found mysql-primary dead
          5.250 s  then    mysql-replica  became the primary
          5.500 s  then    app1           reached the new primary

        requests  outcome             count    share      p50      p90      p95      p99    p99.9      max
        view      success             4,800    100 %  24.1 ms  44.0 ms  46.1 ms  48.0 ms  48.0 ms  48.0 ms
                    cache hit         3,984   83.0 %  12.1 ms  22.0 ms  23.1 ms  24.0 ms  24.0 ms  24.0 ms
                    cache miss          816   17.0 %  36.2 ms  46.1 ms  47.2 ms  48.0 ms  48.0 ms  48.0 ms
        purchase  success               800   66.7 %   100 ms   180 ms   191 ms   198 ms   200 ms   200 ms
                  insufficient stock      3  0.250 %  11.0 ms  12.0 ms  12.0 ms  12.0 ms  12.0 ms  12.0 ms
                  lock not acquired     300   25.0 %  54.0 ms  94.4 ms  99.1 ms   103 ms   104 ms   104 ms
                  timed out              97   8.08 %   60.1 s   60.1 s   60.1 s   60.1 s   60.1 s   60.1 s
                  all but success       400   33.3 %  70.3 ms   60.1 s   60.1 s   60.1 s   60.1 s   60.1 s

        resource                   capacity  max in use  utilisation  mean queue  max queue  wait p99  rejected  timed out
        app1.primaryPool                160         160       97.0 %        88.5        440    990 ms         0         97
        mysql-primary.connections       300         300       90.0 %           0          0         -        20          0
        app2.primaryPool                160         160       61.0 %          12          0   98.0 ms         0          0
        app1.cpu                          4           4       35.0 %        1.25         40   98.0 ms         0          0
        mysql-replica.connections       300         144       20.0 %           0          0         -         0          0
        nearly idle, without a queue: app1.thread, redis-master.command

        connections to mysql-primary: at most 300 of 300 open; 320 of 320 used by the pools; the design allows 300: EXCEEDED
        connections to mysql-replica: at most 144 of 300 open; the design allows 300
        cache: 83.0 % hits (3,984 of 4,800 look-ups)
        failover of mysql, which failed at 412 ms: detected after 4.59 s, promoted after 4.84 s, writes resumed after
            5.10 s, reads resumed after 1.00 ms; 590 requests affected, 2 acknowledged orders LOST
        failover of redis, which failed at 2.000 s: never detected, never promoted, writes never resumed, no read since; 1
            request affected

        successes  █▂····▁▁    max 9,600/s
        errors     ·▄█▇····    max 500/s
        faults     ^
                   0 s 4.00 s  one column is 500 ms
        nobody was served for 2.00 s, from 1.00 s to 3.00 s

        ok      I1 nothing oversold: 1,198 of 20,000 sold
        BROKEN  I3 acknowledged orders survive: 2 orders (3 units) are gone
                   request 311: product 4, acknowledged at 410 ms
                   request 902: product 17, acknowledged at 411 ms
                   request 903: product 1, acknowledged at 411 ms (1 more in --json)
        ok      oversold == 0                 is 0
        BROKEN  lostOrders == 0               is 2
        BROKEN  purchase.success.p99 < 100ms  is 200 ms   margin -100 %
        BROKEN  cache.hitRate > 80%           no samples
        2 faults planned, 1 applied:
          crash mysql-primary on the 200th mysql.commit  struck at 412 ms  590 requests affected
          pause app1 at 3600s                            NEVER STRUCK      NO EFFECT

        seed 7, digest 307da4ddb60496b7, 1,652,197 events, 62.3 s simulated in 500 ms (125 × real time)
        swift run -c release SimRunner run configs/scenarios/primary-down.json --seed 7 --set faults.0.at=3s

        """

    static let holding = """
        HOLDS: 4 expectations and 5 invariants hold
        The primary dies in the middle of the sale (configs/scenarios/primary-down.json)

        Nothing notable happened.

        requests  outcome  count  share      p50      p90      p95      p99    p99.9      max
        view      success    100  100 %  5.00 ms  5.00 ms  5.00 ms  5.00 ms  5.00 ms  5.00 ms

        nearly idle, without a queue: app1.cpu

        successes  ██          max 500/s
        errors     ··          max 0/s
                   0 s 200 ms  one column is 100 ms

        ok      I1 nothing oversold: 100 of 100 sold
        ok      oversold == 0                 is 0
        ok      lostOrders == 0               is 0
        ok      purchase.success.p99 < 100ms  is 50.0 ms  margin 50.0 %
        ok      cache.hitRate > 80%           is 83.0 %   margin 3.75 %

        seed 1, digest 2f21048d4e054889, 4,000 events, 900 ms simulated in 500 ms (1.80 × real time)
        swift run -c release SimRunner run configs/scenarios/primary-down.json --seed 1 --set faults.0.at=3s

        """

    static let seeds = """
        BREAKS: it breaks in 1 of 4 runs, first with seed 7: 2 acknowledged orders were lost
        The primary dies in the middle of the sale (configs/scenarios/primary-down.json)
        holds in 3 of 4 runs
        breaks with seed 7

        All runs together:
        requests  outcome             count      p50      p90      p95      p99    p99.9      max
        view      success             5,100  23.1 ms  43.3 ms  46.1 ms  48.0 ms  48.0 ms  48.0 ms
                    cache hit         3,984  12.1 ms  22.0 ms  23.1 ms  24.0 ms  24.0 ms  24.0 ms
                    cache miss          816  36.2 ms  46.1 ms  47.2 ms  48.0 ms  48.0 ms  48.0 ms
        purchase  success               800   100 ms   180 ms   191 ms   198 ms   200 ms   200 ms
                  insufficient stock      3  11.0 ms  12.0 ms  12.0 ms  12.0 ms  12.0 ms  12.0 ms
                  lock not acquired     300  54.0 ms  94.4 ms  99.1 ms   103 ms   104 ms   104 ms
                  timed out              97   60.1 s   60.1 s   60.1 s   60.1 s   60.1 s   60.1 s
                  all but success       400  70.3 ms   60.1 s   60.1 s   60.1 s   60.1 s   60.1 s

        Means of a run, with their 95 % confidence intervals:
        requests  outcome                    count           share          p50          p95          p99          max
        view      success             1,275 ±3,739        100 ±0 %  9.78 ±15 ms  15.3 ±33 ms  15.8 ±34 ms  15.8 ±34 ms
                    cache hit           996 ±3,170      20.8 ±66 %      12.1 ms      23.1 ms      24.0 ms      24.0 ms
                    cache miss            204 ±649      4.25 ±14 %      36.2 ms      47.2 ms      48.0 ms      48.0 ms
        purchase  success                 200 ±636      16.7 ±53 %       100 ms       191 ms       198 ms       200 ms
                  insufficient stock    0.750 ±2.4  0.0625 ±0.20 %      11.0 ms      12.0 ms      12.0 ms      12.0 ms
                  lock not acquired        75 ±239      6.25 ±20 %      54.0 ms      99.1 ms       103 ms       104 ms
                  timed out               24.3 ±77     2.02 ±6.4 %       60.1 s       60.1 s       60.1 s       60.1 s
                  all but success         100 ±318      8.33 ±27 %      70.3 ms       60.1 s       60.1 s       60.1 s

        resource                   max in use  utilisation   mean queue  max queue  wait p99  rejected  timed out
        app1.primaryPool                  160       97.0 %         88.5        440    990 ms         0         97
        mysql-primary.connections         300       90.0 %            0          0         -        20          0
        app2.primaryPool                  160       61.0 %           12          0   98.0 ms         0          0
        app1.cpu                    1.75 ±2.4   8.82 ±28 %  0.313 ±0.99     10 ±32   98.0 ms      0 ±0       0 ±0
        mysql-replica.connections         144       20.0 %            0          0         -         0          0

        cache hit rate: 83.0 %
        failover of mysql in 1 run: detected 4.59 s, promoted 4.84 s, writes resumed 5.10 s, reads resumed 1.00 ms, requests
            affected 590, lost orders 2
        failover of redis in 1 run: never detected, never promoted, never writes resumed, requests affected 1

        ok      I1 nothing oversold: holds in 4 of 4
        BROKEN  I3 acknowledged orders survive: holds in 0 of 1; with seed 7: 2 orders (3 units) are gone
        ok      oversold == 0: holds in 4 of 4
        BROKEN  lostOrders == 0: holds in 3 of 4; with seed 7: it is 2
        BROKEN  purchase.success.p99 < 100ms: holds in 3 of 4; with seed 7: it is 200 ms
        BROKEN  cache.hitRate > 80%: holds in 3 of 4; with seed 7: no samples
        ok      crash mysql-primary on the 200th mysql.commit: has an effect in 1 of 1
        BROKEN  pause app1 at 3600s: has an effect in 0 of 1; with seed 7: it never struck

        seeds 4–7, digest of all f06264ef1cf7a73f, 1,664,197 events, 65.0 s simulated in 1.00 s of all threads together
        swift run -c release SimRunner run configs/scenarios/primary-down.json --seed 7 --set faults.0.at=3s

        """
}
