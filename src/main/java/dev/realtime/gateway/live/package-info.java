/** Live streams: their life, chat, reactions, viewers and moderation. */
@NullMarked
package dev.realtime.gateway.live;

import org.jspecify.annotations.NullMarked;
