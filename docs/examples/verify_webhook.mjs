// SPDX-License-Identifier: Apache-2.0
// verify(secret, headers, body): is this webhook genuine and fresh? `body` is a Buffer, as it came.
import { createHmac, timingSafeEqual } from 'node:crypto';

const kTolerance_s = 5 * 60;

export function verify(secret, headers, body, now_s = Date.now() / 1000) {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const id = headers['webhook-id'];
  const timestamp = headers['webhook-timestamp'];
  if (!(Math.abs(now_s - Number(timestamp)) <= kTolerance_s)) return false;
  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  const wanted = Buffer.from(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
  // Several signatures may stand there, with blanks between.
  return headers['webhook-signature'].split(' ').some((given) => {
    const bytes = Buffer.from(given);
    return bytes.length === wanted.length && timingSafeEqual(bytes, wanted);
  });
}
