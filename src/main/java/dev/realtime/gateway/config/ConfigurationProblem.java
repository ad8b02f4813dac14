package dev.realtime.gateway.config;

/**
 * A problem of the configuration that prevents a start.
 *
 * @param variable the environment variable to change
 * @param fault what is wrong with it, a sentence that never quotes a secret
 * @param remedy how to set the variable
 */
record ConfigurationProblem(String variable, String fault, String remedy) {}
