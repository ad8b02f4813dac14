import { createHmac, timingSafeEqual } from 'node:crypto';

/** Whether the gateway sent this body (the bytes as they came) within the last five minutes. */
export function isGenuine(secret, signature, body, now = Date.now() / 1000) {
  const { t, v1 } = Object.fromEntries((signature ?? '').split(',').map((part) => part.split('=')));
  const expected = createHmac('sha256', secret).update(`${t}.`).update(body).digest();
  const given = Buffer.from(v1 ?? '', 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected) && Math.abs(now - t) <= 300;
}
