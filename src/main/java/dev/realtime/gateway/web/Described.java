package dev.realtime.gateway.web;

import dev.realtime.gateway.protocol.ErrorCode;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What the API's description says of a call beyond what its method shows. A missing or bad token, a
 * request that does not fit and a body that is too large need not be named: {@link ApiDescription}
 * adds them where they can happen.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface Described {

  /** What it does, in a sentence. */
  String value();

  /** Its statuses when it succeeds; none for the one that its method shows. */
  int[] answers() default {};

  /** Why it may be refused besides. */
  ErrorCode[] refusals() default {};
}
