package dev.realtime.gateway.web;

import dev.realtime.gateway.protocol.ErrorCode;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The part of the API's description that a method does not show. A missing or bad token, a request
 * that does not fit and a body that is too large need not be named: {@link ApiDescription} adds
 * them where they can happen.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface Described {

  /** The effect of the call, in a sentence. */
  String value();

  /** The statuses of success; empty for the one that the method shows. */
  int[] answers() default {};

  /** The codes of further refusals. */
  ErrorCode[] refusals() default {};
}
