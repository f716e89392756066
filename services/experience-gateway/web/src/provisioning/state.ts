// SPDX-License-Identifier: Apache-2.0
// The rules of the waiting page, apart from what it looks like: a pure reducer over what the server says and what
// the clock says. The server's word is final; this side only never contradicts it.
//
//   waiting --press--> proven --completion--> completed       where the recipe asks for it, the light is counted
//      |                  |                                   between the press and proven (`presence.blink`);
//      |                  |                                   a wrong answer leads back to the press
//      +------------------+--> cancelled | expired | superseded | locked
import type { BlinkQuestion, OtherPress, PressEvent, Provisioning, ProvisioningState } from '../api/types';

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
  /** Someone else has a window on the same device, so presses must be counted. */
  contested: boolean;
  /** Someone else had one, and the number still holds; until the next press. */
  aloneAgain: boolean;
  /** Wrong counts of the light until it locks; null while none was asked for here. The server says it with the question alone. */
  triesLeft: number | null;
}

export type AttemptEvent =
  | { type: 'snapshot'; provisioning: Provisioning; localMs: number }
  | { type: 'press'; press: PressEvent; localMs: number }
  | { type: 'tick'; localMs: number };

const kFinal: ReadonlySet<ProvisioningState> = new Set(['completed', 'cancelled', 'expired', 'superseded', 'locked']);
const kOrder: readonly ProvisioningState[] = ['waiting', 'proven'];
const kWrongPattern = 'wrong_pattern';
const kWrongBlinks = 'wrong_blinks';
/** The answers that there are to how often the light blinks. */
export const kBlinkCounts: readonly number[] = [2, 3, 4, 5];
/** The server has a device blink this often at most. */
const kBlinkEveryMs = 2_000;
/** After the longest blinking the page says what may be wrong. */
export const kDarkAfterMs = 20_000;
/** So long a device that is away may take to hear that it shall blink. */
const kBlinkHeardWithinMs = 60_000;
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
    aloneAgain: false,
    triesLeft: provisioning.presence.blink?.tries ?? null,
  };
}

/** Of a question that was answered wrongly one less is left: what it becomes is told with the next question alone. */
function triesAfter(attempt: Attempt, next: Provisioning): number | null {
  if (next.presence.blink) return next.presence.blink.tries;
  const asked = attempt.provisioning.presence.blink;
  if (next.reason === kWrongBlinks && asked) return asked.tries - 1;
  return next.reason === kWrongPattern ? null : attempt.triesLeft;
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
  const contested = next.presence.contended ?? attempt.contested;
  const left = attempt.contested && !contested && next.presence.requiredPresses === known.requiredPresses;
  const pressed = next.presence.presses > known.presses || (next.state === 'proven' && attempt.provisioning.state === 'waiting');
  return {
    ...attempt,
    provisioning: { ...next, device: next.device ?? attempt.provisioning.device ?? null },
    offsetMs: Number.isFinite(serverMs) ? serverMs - localMs : attempt.offsetMs,
    nowMs: Number.isFinite(serverMs) ? serverMs : attempt.nowMs,
    lastPressMs: pressed ? serverMs : attempt.lastPressMs,
    wrongBursts: attempt.wrongBursts + (wrong ? 1 : 0),
    contested,
    aloneAgain: !contested && !pressed && (left || attempt.aloneAgain),
    triesLeft: triesAfter(attempt, next),
  };
}

function onPress(attempt: Attempt, press: PressEvent, localMs: number): Attempt {
  const { provisioning } = attempt;
  if (isFinal(provisioning.state) || isCounting(attempt)) return attempt;
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
    aloneAgain: false,
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
  return state === 'proven' || (state === 'waiting' && presence.policy === 'none' && !isCounting(attempt));
}

/** Enough was pressed: now the light blinks, and the person says how often. */
export function isCounting({ provisioning }: Attempt): boolean {
  return provisioning.state === 'waiting' && Boolean(provisioning.presence.blink);
}

/** The last answer was wrong: the press is waited for again, or where none is asked for, the light blinks anew. */
export function isWrongCount({ provisioning }: Attempt): boolean {
  return provisioning.state === 'waiting' && provisioning.reason === kWrongBlinks;
}

/** What to do after a wrong answer; how many tries are left only where that is known, which after a reload it is not. */
export function wrongCountText({ provisioning: { presence }, triesLeft }: Attempt): string {
  const again = presence.requiredPresses > 1 ? `Press the button exactly ${presence.requiredPresses} times again` : 'Press the button again';
  const tries = triesLeft === null ? '' : ` ${triesText(triesLeft)}`;
  return `That was not how often the light blinked. ${again}, then count.${tries}`;
}

function sinceAskedMs(attempt: Attempt): number {
  const { blink } = attempt.provisioning.presence;
  return blink ? attempt.nowMs - Date.parse(blink.askedAt) : 0;
}

export function mayBlinkAgain(attempt: Attempt): boolean {
  return sinceAskedMs(attempt) >= kBlinkEveryMs;
}

/** The blinking is over for whoever saw it. */
export function isDark(attempt: Attempt): boolean {
  return isCounting(attempt) && sinceAskedMs(attempt) >= kDarkAfterMs;
}

/** What was asked for has expired on its way: a device that comes back now will not blink. */
export function isBlinkLost(attempt: Attempt): boolean {
  return isCounting(attempt) && sinceAskedMs(attempt) >= kBlinkHeardWithinMs;
}

export function triesText(tries: number): string {
  return tries === 1 ? 'This is the last try.' : `${tries} tries are left.`;
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
  if (was.state !== is.state) return isCounting(before) && is.state === 'proven' ? kCountedRight : kSpoken[is.state];
  if (!is.presence.blink && isWrongCount(after) && !isWrongCount(before)) return wrongCountText(after);
  if (is.presence.blink) return blinkAnnouncement(was.presence.blink ?? null, is.presence.blink);
  if (after.wrongBursts > before.wrongBursts) return `That was not the right number. Press ${is.presence.requiredPresses} times.`;
  const pressExactly = `ress the button exactly ${is.presence.requiredPresses} times.`;
  if (after.contested && !before.contested) return `Someone else is trying to provision this device too. P${pressExactly}`;
  if (after.aloneAgain && !before.aloneAgain) return `The other person has stopped. Still p${pressExactly}`;
  if (is.presence.requiredPresses !== was.presence.requiredPresses) return `P${pressExactly}`;
  if (is.presence.presses > was.presence.presses)
    return `Press ${is.presence.presses} of ${is.presence.requiredPresses} heard.`;
  const other = heardOther(before, after);
  if (other !== null) return `That press came from ${other.serial}, not from this unit. Provision ${other.serial} instead, or stay and press this one.`;
  const minute = 60;
  if (secondsLeft(before) > minute && secondsLeft(after) <= minute) return 'One minute left.';
  return null;
}

function blinkAnnouncement(was: BlinkQuestion | null, is: BlinkQuestion): string | null {
  if (was === null) return 'Press heard. Now look at the light on the device and count how often it blinks.';
  if (is.tries < was.tries) return `That was not how often the light blinked. It blinks again: count anew. ${triesText(is.tries)}`;
  return is.askedAt === was.askedAt ? null : 'The light blinks again.';
}

const kCountedRight = 'That is right. Now say where the device belongs.';

const kSpoken: Record<ProvisioningState, string> = {
  waiting: 'Waiting for the button.',
  proven: 'Press heard. Now say where the device belongs.',
  completed: 'Done. The device is provisioned.',
  cancelled: 'Provisioning cancelled.',
  expired: 'The time is up.',
  superseded: 'This window is over.',
  locked: 'Locked after too many tries.',
};
