package dev.realtime.gateway.faults.crowd;

import dev.realtime.gateway.faults.checker.Promises;
import dev.realtime.gateway.faults.checker.ServiceTimes;
import dev.realtime.gateway.faults.checker.Violations;
import dev.realtime.gateway.faults.site.Site;
import java.time.Duration;

/**
 * What all who play share.
 *
 * @param limit how long a command may wait for its answer
 */
public record Run(
    Site site, Promises promises, Violations violations, ServiceTimes times, Duration limit) {}
