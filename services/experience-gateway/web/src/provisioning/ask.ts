// SPDX-License-Identifier: Apache-2.0
// Asking the owner of a device, in words. They are the same whatever the serial is: nobody learns from them whether
// there is such a device. Pure.
import type { Problem } from '../api/problem';
import { waitText } from '../shell/wait';

export const kLongestNote = 500;
export const kAsked = 'If this device belongs to somebody and they can agree to hand it over, they have been asked. They see your name and e-mail.';

export function askRefusal(problem: Problem): string {
  return problem.retryAfterS === null ? problem.message : `${problem.message} Possible again in ${waitText(problem.retryAfterS)}.`;
}
