package dev.realtime.gateway.config;

/**
 * One thing that keeps the gateway from starting.
 *
 * @param variable the environment variable to change
 * @param fault what is wrong with it, a sentence that never quotes a secret
 * @param remedy how to set it
 */
record ConfigurationProblem(String variable, String fault, String remedy) {}
