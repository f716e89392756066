// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { Provisioning } from '../api/types';
import {
  announcement, begin, clockText, heardOther, isBlinkLost, isClosing, isCounting, isDark, isQuiet, isWrongCount, isWrongPattern, kDarkAfterMs, kQuietAfterMs, mayAssign, mayBlinkAgain, otherUnit, reduce,
  secondsLeft, shareLeft, triesText, wrongCountText, type Attempt,
} from './state';

const kStart = Date.parse('2026-11-22T10:00:00.000Z');
const kPhone = 1_000; // a phone whose clock stands at 1970

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function provisioning(over: Partial<Provisioning> = {}): Provisioning {
  return {
    id: 'p1', serial: 'GEN-7K3M-Q9XT-4Z', recipeId: 'r1', state: 'waiting',
    startedAt: iso(kStart), expiresAt: iso(kStart + 300_000), serverTime: iso(kStart),
    presence: { policy: 'press', requiredPresses: 1, presses: 0, provenAt: null },
    ...over,
  };
}

function presence(presses: number, requiredPresses = 3): Provisioning['presence'] {
  return { policy: 'pattern', requiredPresses, presses, provenAt: null };
}

describe('the clock', () => {
  it('runs by the server although the phone believes it is 1970', () => {
    const attempt = reduce(begin(provisioning(), kPhone), { type: 'tick', localMs: kPhone + 10_000 });
    expect(secondsLeft(attempt)).toBe(290);
    expect(shareLeft(attempt)).toBeCloseTo(290 / 300);
  });

  it('shows 1 in the last second and 0 with the first one outside', () => {
    const attempt = begin(provisioning(), kPhone);
    expect(secondsLeft(reduce(attempt, { type: 'tick', localMs: kPhone + 299_999 }))).toBe(1);
    const out = reduce(attempt, { type: 'tick', localMs: kPhone + 300_000 });
    expect(secondsLeft(out)).toBe(0);
    expect(isClosing(out)).toBe(true);
  });

  it('goes on where it was after a reload', () => {
    const attempt = begin(provisioning({ serverTime: iso(kStart + 120_000) }), kPhone);
    expect(clockText(secondsLeft(attempt))).toBe('3:00');
  });

  it('is put right by each snapshot when the phone clock is moved', () => {
    const moved = kPhone + 3_600_000;
    const attempt = reduce(begin(provisioning(), kPhone), {
      type: 'snapshot', provisioning: provisioning({ serverTime: iso(kStart + 20_000) }), localMs: moved,
    });
    expect(secondsLeft(reduce(attempt, { type: 'tick', localMs: moved + 5_000 }))).toBe(275);
  });
});

describe('a press', () => {
  it('is counted but does not open the form before the server says proven', () => {
    const attempt = reduce(begin(provisioning(), kPhone), {
      type: 'press', press: { presses: 1, requiredPresses: 1, at: iso(kStart) }, localMs: kPhone + 5,
    });
    expect(attempt.provisioning.presence.presses).toBe(1);
    expect(mayAssign(attempt)).toBe(false);
  });

  it('is announced, and proven is announced once', () => {
    const before = begin(provisioning(), kPhone);
    const after = reduce(before, { type: 'snapshot', provisioning: provisioning({ state: 'proven' }), localMs: kPhone });
    expect(announcement(before, after)).toContain('Press heard');
    expect(announcement(after, after)).toBeNull();
    expect(mayAssign(after)).toBe(true);
  });

  it('is a wrong pattern only when the server says so, until the next press', () => {
    let attempt = begin(provisioning({ version: 1, presence: presence(0) }), kPhone);
    const press = (presses: number) => reduce(attempt, { type: 'press', press: { presses, requiredPresses: 3, at: iso(kStart) }, localMs: kPhone });
    attempt = reduce(attempt, { type: 'snapshot', provisioning: provisioning({ version: 3, presence: presence(2) }), localMs: kPhone });
    attempt = press(1);
    expect(attempt.provisioning.presence.presses).toBe(2);
    expect(isWrongPattern(attempt)).toBe(false);
    const judged = provisioning({ version: 4, presence: presence(0), reason: 'wrong_pattern' });
    attempt = reduce(attempt, { type: 'snapshot', provisioning: judged, localMs: kPhone });
    attempt = reduce(attempt, { type: 'snapshot', provisioning: judged, localMs: kPhone });
    expect([attempt.wrongBursts, attempt.provisioning.presence.presses, isWrongPattern(attempt)]).toEqual([1, 0, true]);
    expect(isWrongPattern(press(1))).toBe(false);
  });

  it('after the end changes nothing', () => {
    const ended = begin(provisioning({ state: 'expired' }), kPhone);
    expect(reduce(ended, { type: 'press', press: { presses: 1, requiredPresses: 1, at: iso(kStart) }, localMs: kPhone })).toBe(ended);
  });

  it('that is missing for a while turns the page quiet, and a press ends that', () => {
    const attempt = begin(provisioning(), kPhone);
    expect(isQuiet(reduce(attempt, { type: 'tick', localMs: kPhone + kQuietAfterMs - 1 }))).toBe(false);
    const quiet = reduce(attempt, { type: 'tick', localMs: kPhone + kQuietAfterMs });
    expect(isQuiet(quiet)).toBe(true);
    const pressed = reduce(quiet, {
      type: 'press', press: { presses: 1, requiredPresses: 3, at: iso(kStart) }, localMs: kPhone + kQuietAfterMs,
    });
    expect(isQuiet(pressed)).toBe(false);
  });
});

describe('messages that overtake each other', () => {
  it('never lead back from proven to waiting', () => {
    const proven = begin(provisioning({ state: 'proven' }), kPhone);
    expect(reduce(proven, { type: 'snapshot', provisioning: provisioning(), localMs: kPhone })).toBe(proven);
  });

  it('never bring an ended one back to life', () => {
    const ended = begin(provisioning({ state: 'cancelled' }), kPhone);
    expect(reduce(ended, { type: 'snapshot', provisioning: provisioning({ state: 'proven' }), localMs: kPhone })).toBe(ended);
  });

  it('are judged by version where there is one', () => {
    const known = begin(provisioning({ version: 4, presence: presence(2) }), kPhone);
    const older = provisioning({ version: 3, presence: presence(1) });
    expect(reduce(known, { type: 'snapshot', provisioning: older, localMs: kPhone })).toBe(known);
  });

  it('of another provisioning are ignored', () => {
    const known = begin(provisioning(), kPhone);
    expect(reduce(known, { type: 'snapshot', provisioning: provisioning({ id: 'p2', state: 'proven' }), localMs: kPhone })).toBe(known);
  });
});

describe('a second user', () => {
  it('changes what is asked for, and the page says why', () => {
    const before = begin(provisioning(), kPhone);
    const contended = provisioning({ presence: { ...presence(0), contended: true } });
    const after = reduce(before, { type: 'snapshot', provisioning: contended, localMs: kPhone });
    expect(begin(contended, kPhone).contested).toBe(true);
    expect(begin(provisioning({ presence: presence(0) }), kPhone).contested).toBe(false);
    expect(after.contested).toBe(true);
    expect(announcement(before, after)).toContain('exactly 3 times');
  });

  it('who has stopped is named once, and the number still holds', () => {
    const contended = begin(provisioning({ version: 2, presence: { ...presence(0), contended: true } }), kPhone);
    const take = (attempt: Attempt, version: number, presses: number, other?: boolean) => reduce(attempt, {
      type: 'snapshot', localMs: kPhone, provisioning: provisioning({ version, presence: { ...presence(presses), ...(other === undefined ? {} : { contended: other }) } }),
    });
    expect(take(contended, 2, 0).contested).toBe(true);
    const alone = take(contended, 3, 0, false);
    expect([alone.contested, alone.aloneAgain]).toEqual([false, true]);
    expect(announcement(contended, alone)).toBe('The other person has stopped. Still press the button exactly 3 times.');
    const same = take(alone, 3, 0, false);
    expect([same.aloneAgain, announcement(alone, same)]).toEqual([true, null]);
    expect(take(alone, 4, 1, false).aloneAgain).toBe(false);
    const again = take(alone, 4, 0, true);
    expect([again.contested, again.aloneAgain]).toEqual([true, false]);
    expect(announcement(alone, again)).toContain('Someone else');
  });
});

it('a recipe without presence opens the form at once', () => {
  expect(mayAssign(begin(provisioning({ presence: { policy: 'none', requiredPresses: 0, presses: 0, provenAt: null } }), kPhone))).toBe(true);
});

describe('the light', () => {
  const asked = (tries: number, version: number, over: Partial<Provisioning> = {}, askedAt = kStart) =>
    provisioning({ version, presence: { policy: 'press', requiredPresses: 1, presses: 1, provenAt: null, blink: { askedAt: iso(askedAt), tries } }, ...over });
  const after = (ms: number) => reduce(begin(asked(5, 2), kPhone), { type: 'tick', localMs: kPhone + ms });

  it('is counted after the press, and the form stays closed until the server says proven', () => {
    const before = begin(provisioning({ version: 1 }), kPhone);
    expect(isCounting(before)).toBe(false);
    const counting = reduce(before, { type: 'snapshot', provisioning: asked(5, 2), localMs: kPhone });
    expect([isCounting(counting), mayAssign(counting), isWrongCount(counting)]).toEqual([true, false, false]);
    expect(announcement(before, counting)).toContain('count how often it blinks');
    const proven = reduce(counting, { type: 'snapshot', provisioning: provisioning({ state: 'proven', version: 3 }), localMs: kPhone });
    expect([isCounting(proven), mayAssign(proven)]).toEqual([false, true]);
    expect(announcement(counting, proven)).toContain('That is right');
  });

  it('is counted where no press is asked for too', () => {
    const none = asked(5, 1);
    expect(mayAssign(begin({ ...none, presence: { ...none.presence, policy: 'none' } }, kPhone))).toBe(false);
  });

  const missed = (version: number, over: Partial<Provisioning> = {}) => provisioning({ version, reason: 'wrong_blinks', ...over });
  const take = (attempt: Attempt, next: Provisioning) => reduce(attempt, { type: 'snapshot', provisioning: next, localMs: kPhone });

  it('leads back to the press after a wrong answer, and the page says so aloud and how many tries are left', () => {
    const before = begin(asked(5, 2), kPhone);
    const wrong = take(before, missed(3));
    expect([isCounting(wrong), isWrongCount(wrong), mayAssign(wrong)]).toEqual([false, true, false]);
    const words = 'That was not how often the light blinked. Press the button again, then count. 4 tries are left.';
    expect([wrongCountText(wrong), announcement(before, wrong)]).toEqual([words, words]);
    expect(announcement(wrong, wrong)).toBeNull();
    expect(wrongCountText(take(begin(asked(2, 2), kPhone), missed(3)))).toMatch(/count\. This is the last try\.$/);
  });

  it('says it once when the answer was lost and is sent again, by whichever way it is heard', () => {
    const heard = take(begin(asked(5, 2), kPhone), missed(3));
    const again = take(heard, missed(3));
    expect([again.triesLeft, announcement(heard, again)]).toEqual([4, null]);
    const asks = take(again, asked(4, 4));
    expect(take(asks, missed(3))).toBe(asks);
  });

  it('is counted anew after the next press, which ends the words about the wrong answer', () => {
    const wrong = take(begin(asked(5, 2), kPhone), missed(3));
    const pressed = reduce(wrong, { type: 'press', press: { presses: 1, requiredPresses: 1, at: iso(kStart) }, localMs: kPhone });
    expect([isWrongCount(pressed), isCounting(pressed)]).toEqual([false, false]);
    const asks = take(pressed, asked(4, 4));
    expect([isCounting(asks), isWrongCount(asks), asks.triesLeft]).toEqual([true, false, 4]);
    expect(announcement(pressed, asks)).toContain('count how often it blinks');
  });

  it('names the number of presses where more than one is asked for', () => {
    const wrong = take(begin(asked(5, 2), kPhone), missed(3, { presence: presence(0) }));
    expect(wrongCountText(wrong)).toContain('Press the button exactly 3 times again, then count.');
  });

  it('promises no number of tries that it does not know: after a reload, or after a wrong pattern', () => {
    expect(wrongCountText(begin(missed(3), kPhone))).toMatch(/then count\.$/);
    const wrong = take(begin(asked(5, 2), kPhone), missed(3));
    expect(take(wrong, provisioning({ version: 4, reason: 'wrong_pattern' })).triesLeft).toBeNull();
  });

  it('blinks anew at once after a wrong answer where no press is asked for', () => {
    const none = (tries: number, version: number, reason: string | null = null) =>
      asked(tries, version, { reason, presence: { ...asked(tries, version).presence, policy: 'none', requiredPresses: 0, presses: 0 } });
    const before = begin(none(5, 1), kPhone);
    const wrong = take(before, none(4, 2, 'wrong_blinks'));
    expect([isCounting(wrong), isWrongCount(wrong)]).toEqual([true, true]);
    expect(announcement(before, wrong)).toMatch(/It blinks again: count anew\. 4 tries are left\.$/);
    expect(triesText(1)).toBe('This is the last try.');
  });

  it('keeps the words about the wrong answer when somebody presses meanwhile, where none is asked for', () => {
    const wrong = begin(asked(4, 3, { reason: 'wrong_blinks' }), kPhone);
    expect(reduce(wrong, { type: 'press', press: { presses: 2, requiredPresses: 1, at: iso(kStart) }, localMs: kPhone })).toBe(wrong);
  });

  it('may be asked for again after two seconds by the server\'s clock, and that is said', () => {
    expect(mayBlinkAgain(after(1_999))).toBe(false);
    expect(mayBlinkAgain(after(2_000))).toBe(true);
    const before = after(2_000);
    const again = reduce(before, { type: 'snapshot', provisioning: asked(5, 3, { serverTime: iso(kStart + 2_000) }, kStart + 2_000), localMs: kPhone + 2_000 });
    expect(mayBlinkAgain(again)).toBe(false);
    expect(announcement(before, again)).toBe('The light blinks again.');
  });

  it('that nobody has seen for a while is asked after, and one that was never told is not promised', () => {
    expect([isDark(after(kDarkAfterMs - 1)), isDark(after(kDarkAfterMs))]).toEqual([false, true]);
    expect([isBlinkLost(after(59_999)), isBlinkLost(after(60_000))]).toEqual([false, true]);
  });
});

describe('a press of another unit', () => {
  const other = { serial: 'GEN-2B8N-W4HC-9P', at: iso(kStart + 20_000) };
  const begun = begin(provisioning({ version: 1 }), kPhone);
  const told = (over: Partial<Provisioning> = {}) =>
    reduce(begun, { type: 'snapshot', provisioning: provisioning({ version: 2, otherPress: other, ...over }), localMs: kPhone + 20_000 });

  it('is named and said aloud once, and opens nothing', () => {
    const after = told();
    expect(otherUnit(after)).toEqual(other);
    expect(heardOther(begun, after)).toEqual(other);
    expect(announcement(begun, after)).toMatch(/came from GEN-2B8N-W4HC-9P, not from this unit/);
    expect(mayAssign(after)).toBe(false);
    const ticked = reduce(after, { type: 'tick', localMs: kPhone + 21_000 });
    expect(heardOther(after, ticked)).toBeNull();
    expect(announcement(after, ticked)).toBeNull();
  });

  it('is news again when it is made again, or comes from a third one', () => {
    const again = told({ version: 3, otherPress: { ...other, at: iso(kStart + 30_000) } });
    expect(heardOther(told(), again)?.at).toBe(iso(kStart + 30_000));
    const third = told({ version: 3, otherPress: { ...other, serial: 'GEN-5D2M-7QRA-0K' } });
    expect(heardOther(told(), third)?.serial).toBe('GEN-5D2M-7QRA-0K');
  });

  it('is forgotten as soon as the right one is heard, before the server says so', () => {
    const pressed = reduce(told(), { type: 'press', press: { presses: 1, requiredPresses: 1, at: iso(kStart + 25_000) }, localMs: kPhone + 25_000 });
    expect(otherUnit(pressed)).toBeNull();
    expect(announcement(told(), pressed)).toBe('Press 1 of 1 heard.');
  });

  it('is forgotten when the server does not name it any longer, and never shown of a window that has ended', () => {
    const without = reduce(told(), { type: 'snapshot', provisioning: provisioning({ version: 3 }), localMs: kPhone + 30_000 });
    expect(otherUnit(without)).toBeNull();
    expect(otherUnit(told({ state: 'cancelled' }))).toBeNull();
  });
});
