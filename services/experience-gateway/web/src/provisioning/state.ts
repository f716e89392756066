// SPDX-License-Identifier: Apache-2.0
// The rules of the waiting page, apart from what it looks like: a pure reducer over what the server says and what
// the clock says. The server's word is final; this side only never contradicts it.
//
//   waiting --press--> proven --completion--> completed
//      |                  |
//      +------------------+--> cancelled | expired | superseded | locked
import type { OtherPress, PressEvent, Provisioning, ProvisioningState } from '../api/types';

export interface Attempt {
  provisioning: Provisioning;
  /** Server time minus this machine's time: the phone's clock may be wrong. */
  offsetMs: number;
  /** Server time now. */
  nowMs: number;
  /** Server time of the newest press that this page heard of. */
  lastPressMs: number | null;
  /** How often the server said that a burst had the wrong number of presses. */
  wrongBursts: number;
  /** Someone else opened a window on the same device, so presses must be counted. */
  contested: boolean;
}

export type AttemptEvent =
  | { type: 'snapshot'; provisioning: Provisioning; localMs: number }
  | { type: 'press'; press: PressEvent; localMs: number }
  | { type: 'tick'; localMs: number };

const kFinal: ReadonlySet<ProvisioningState> = new Set(['completed', 'cancelled', 'expired', 'superseded', 'locked']);
const kOrder: readonly ProvisioningState[] = ['waiting', 'proven'];
const kWrongPattern = 'wrong_pattern';
/** After this long without a press the page says what may be wrong. */
export const kQuietAfterMs = 40_000;

export function isFinal(state: ProvisioningState): boolean {
  return kFinal.has(state);
}

export function begin(provisioning: Provisioning, localMs: number): Attempt {
  const serverMs = Date.parse(provisioning.serverTime);
  return {
    provisioning,
    offsetMs: serverMs - localMs,
    nowMs: serverMs,
    lastPressMs: null,
    wrongBursts: provisioning.reason === kWrongPattern ? 1 : 0,
    contested: provisioning.presence.contended === true,
  };
}

/** True when `next` is older than what is known: streams and answers may overtake each other. */
function isStale(known: Provisioning, next: Provisioning): boolean {
  if (known.id !== next.id) return true;
  if (known.version !== undefined && next.version !== undefined) return next.version < known.version;
  if (isFinal(known.state)) return !isFinal(next.state);
  return kOrder.indexOf(next.state) >= 0 && kOrder.indexOf(next.state) < kOrder.indexOf(known.state);
}

function onSnapshot(attempt: Attempt, next: Provisioning, localMs: number): Attempt {
  if (isStale(attempt.provisioning, next)) return attempt;
  const serverMs = Date.parse(next.serverTime);
  const known = attempt.provisioning.presence;
  const wrong = next.reason === kWrongPattern && attempt.provisioning.reason !== kWrongPattern;
  const pressed = next.presence.presses > known.presses || (next.state === 'proven' && attempt.provisioning.state === 'waiting');
  return {
    ...attempt,
    provisioning: { ...next, device: next.device ?? attempt.provisioning.device ?? null },
    offsetMs: Number.isFinite(serverMs) ? serverMs - localMs : attempt.offsetMs,
    nowMs: Number.isFinite(serverMs) ? serverMs : attempt.nowMs,
    lastPressMs: pressed ? serverMs : attempt.lastPressMs,
    wrongBursts: attempt.wrongBursts + (wrong ? 1 : 0),
    contested: attempt.contested || next.presence.contended === true,
  };
}

function onPress(attempt: Attempt, press: PressEvent, localMs: number): Attempt {
  const { provisioning } = attempt;
  if (isFinal(provisioning.state)) return attempt;
  const { presence } = provisioning;
  return {
    ...attempt,
    provisioning: {
      ...provisioning,
      // A press may arrive after the snapshot that counts it already: only the server's status makes it less.
      presence: { ...presence, presses: Math.max(presence.presses, press.presses), requiredPresses: press.requiredPresses },
      reason: null,
      otherPress: null,
    },
    lastPressMs: localMs + attempt.offsetMs,
  };
}

export function reduce(attempt: Attempt, event: AttemptEvent): Attempt {
  switch (event.type) {
    case 'snapshot':
      return onSnapshot(attempt, event.provisioning, event.localMs);
    case 'press':
      return onPress(attempt, event.press, event.localMs);
    case 'tick':
      return { ...attempt, nowMs: event.localMs + attempt.offsetMs };
  }
}

/** Whole seconds left, rounded up: the last second is shown as 1, never as 0. */
export function secondsLeft(attempt: Attempt): number {
  return Math.max(0, Math.ceil((Date.parse(attempt.provisioning.expiresAt) - attempt.nowMs) / 1000));
}

/** What is left of the window, 0..1, for the ring around the clock. */
export function shareLeft(attempt: Attempt): number {
  const start = Date.parse(attempt.provisioning.startedAt);
  const end = Date.parse(attempt.provisioning.expiresAt);
  if (end <= start) return 0;
  return Math.min(1, Math.max(0, (end - attempt.nowMs) / (end - start)));
}

/** The clock has run out but the server has not said so yet: nothing may be sent, and the page asks. */
export function isClosing(attempt: Attempt): boolean {
  return !isFinal(attempt.provisioning.state) && secondsLeft(attempt) === 0;
}

export function mayAssign(attempt: Attempt): boolean {
  const { state, presence } = attempt.provisioning;
  return state === 'proven' || (state === 'waiting' && presence.policy === 'none');
}

/** The last burst had the wrong number, and no new one has begun. */
export function isWrongPattern(attempt: Attempt): boolean {
  return attempt.provisioning.state === 'waiting' && attempt.provisioning.reason === kWrongPattern;
}

/** The unit that was pressed although this one is waited for. */
export function otherUnit(attempt: Attempt): OtherPress | null {
  return attempt.provisioning.state === 'waiting' ? attempt.provisioning.otherPress ?? null : null;
}

/** Another unit was pressed, and that was not known before. */
export function heardOther(before: Attempt, after: Attempt): OtherPress | null {
  const other = otherUnit(after);
  const known = otherUnit(before);
  return other === null || (known?.serial === other.serial && known.at === other.at) ? null : other;
}

export function isQuiet(attempt: Attempt): boolean {
  const since = attempt.lastPressMs ?? Date.parse(attempt.provisioning.startedAt);
  return attempt.provisioning.state === 'waiting' && attempt.nowMs - since >= kQuietAfterMs;
}

export function clockText(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** What the page says aloud when something changed; null when nothing worth saying did. */
export function announcement(before: Attempt, after: Attempt): string | null {
  const was = before.provisioning;
  const is = after.provisioning;
  if (was.state !== is.state) return kSpoken[is.state];
  if (after.wrongBursts > before.wrongBursts) return `That was not the right number. Press ${is.presence.requiredPresses} times.`;
  if (is.presence.requiredPresses !== was.presence.requiredPresses)
    return `Someone else is trying to provision this device too. Press the button exactly ${is.presence.requiredPresses} times.`;
  if (is.presence.presses > was.presence.presses)
    return `Press ${is.presence.presses} of ${is.presence.requiredPresses} heard.`;
  const other = heardOther(before, after);
  if (other !== null) return `That press came from ${other.serial}, not from this unit. Provision ${other.serial} instead, or stay and press this one.`;
  const minute = 60;
  if (secondsLeft(before) > minute && secondsLeft(after) <= minute) return 'One minute left.';
  return null;
}

const kSpoken: Record<ProvisioningState, string> = {
  waiting: 'Waiting for the button.',
  proven: 'Press heard. Now say where the device belongs.',
  completed: 'Done. The device is provisioned.',
  cancelled: 'Provisioning cancelled.',
  expired: 'The time is up.',
  superseded: 'This window is over.',
  locked: 'Locked after too many tries.',
};
