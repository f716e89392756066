// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { csvOf } from '../administration/csv';
import type { Attribute, History } from '../api/types';
import { durationText, reasonText, shareText, stretchesOf, uptimeOf } from './connections';
import { exportName, historyCsv } from './export';
import { geoLink, mapLink } from './format';
import { isCovered, kLeastSpanMs, kMostSpanMs, panned, spanOf, spanText, spanToLoad, zoomed, type View } from './view';

const kNow = Date.parse('2026-11-23T12:00:00.000Z');
const kHour = 3_600_000;
const kLive: View = { spanMs: kHour, endMs: null };

describe('zoom and pan', () => {
  it('moves back by a part of what is shown, and is live again at now', () => {
    const before = panned(kLive, -0.5, kNow);
    expect(spanOf(before, kNow)).toEqual({ fromMs: kNow - 1.5 * kHour, toMs: kNow - 0.5 * kHour });
    expect(panned(before, 0.25, kNow).endMs).toBe(kNow - 0.25 * kHour);
    expect(panned(before, 0.5, kNow)).toEqual(kLive);
    expect(panned(before, 7, kNow)).toEqual(kLive);
  });

  it('stays where it is while time goes on, and follows it when live', () => {
    const before = panned(kLive, -1, kNow);
    expect(spanOf(before, kNow + 5000)).toEqual(spanOf(before, kNow));
    expect(spanOf(kLive, kNow + 5000).toMs).toBe(kNow + 5000);
  });

  it('keeps what lies under the hand, and what is live is live', () => {
    const before: View = { spanMs: kHour, endMs: kNow - kHour };
    const closer = zoomed(before, 0.5, 0.25, kNow);
    expect(closer.spanMs).toBe(kHour / 2);
    const { fromMs } = spanOf(closer, kNow);
    expect(fromMs + 0.25 * closer.spanMs).toBe(kNow - 2 * kHour + 0.25 * kHour);
    expect(zoomed(kLive, 0.5, 1, kNow)).toEqual({ spanMs: kHour / 2, endMs: null });
    expect(zoomed(before, 100, 0.5, kNow).endMs).toBeNull();
  });

  it('goes from a minute to a year and no further', () => {
    expect(zoomed(kLive, 1e-9, 1, kNow).spanMs).toBe(kLeastSpanMs);
    expect(zoomed(kLive, 1e9, 1, kNow).spanMs).toBe(kMostSpanMs);
  });

  it('loads a margin of the past, never the future, and needs no more within it', () => {
    const before: View = { spanMs: kHour, endMs: kNow - kHour / 4 };
    const loaded = { ...spanToLoad(before, kNow), spanMs: kHour };
    expect(loaded.fromMs).toBe(kNow - 1.75 * kHour);
    expect(loaded.toMs).toBe(kNow);
    expect(isCovered(panned(before, -0.5, kNow), loaded, kNow)).toBe(true);
    expect(isCovered(panned(before, -0.6, kNow), loaded, kNow)).toBe(false);
    expect(isCovered(zoomed(before, 0.5, 0.5, kNow), loaded, kNow)).toBe(false);
    expect(isCovered(before, null, kNow)).toBe(false);
  });

  it('says which days and hours are shown', () => {
    const at = (day: number, hour: number): number => new Date(2026, 10, day, hour).getTime();
    expect(spanText({ fromMs: at(23, 14), toMs: at(23, 15) })).toBe('23 Nov 2026, 14:00 – 15:00');
    expect(spanText({ fromMs: at(22, 23), toMs: at(23, 1) })).toBe('22 Nov 2026, 23:00 – 23 Nov 2026, 01:00');
    expect(spanText({ fromMs: at(1, 23), toMs: at(23, 1) })).toBe('1 Nov 2026 – 23 Nov 2026');
  });
});

describe('the export', () => {
  const attributes: Attribute[] = [{ name: 'power', type: 'number', unit: 'kW' }, { name: 'running', type: 'boolean' }, { name: 'note', type: 'string' }, { name: 'unheard', type: 'number' }];
  const history: History = {
    from: '2026-11-23T12:00:00.000Z', to: '2026-11-23T13:00:00.000Z', behindSeconds: 0,
    attributes: {
      power: { type: 'number', points: [['2026-11-23T12:01:00.000Z', -3, -2.5, 1, 4]] },
      running: { type: 'boolean', points: [['2026-11-23T12:00:00.000Z', 0, 0.5, 1, 2], ['2026-11-23T12:01:00.000Z', 1, 1, 1, 2]] },
      note: { type: 'string', points: [['2026-11-23T12:00:00.000Z', null, null, null, 1]], last: ['=HYPERLINK("http://x","y")'] },
    },
  };

  it('has a row for each time, empty where nothing was measured', () => {
    expect(historyCsv(attributes, history).split('\r\n')).toEqual([
      'time,power [kW] mean,power [kW] min,power [kW] max,running share of true,note',
      '2026-11-23T12:00:00.000Z,,,,0.5,"\'=HYPERLINK(""http://x"",""y"")"',
      '2026-11-23T12:01:00.000Z,-2.5,-3,1,1,',
      '',
    ]);
  });

  it('takes formulas for text, and negative numbers for numbers', () => {
    expect(csvOf([[-1, '-1', '+1', '@x', '\tx']])).toBe("-1,'-1,'+1,'@x,'\tx\r\n");
  });

  it('names its device and its time', () => {
    expect(exportName('GEN-1/../x', history)).toBe('GEN-1----x_2026-11-23T1200_2026-11-23T1300.csv');
  });
});

describe('the connection log', () => {
  const line = (minutes: number, connected: boolean, reason = '') => ({ at: new Date(kNow - minutes * 60_000).toISOString(), connected, reason });

  it('cuts the time where the state changed, and does not guess what was before', () => {
    const stretches = stretchesOf([line(10, true), line(20, false, 'disconnected'), line(30, true)], kNow - kHour, kNow);
    expect(stretches.map(({ state, fromMs, toMs }) => [state, (kNow - fromMs) / 60_000, (kNow - toMs) / 60_000])).toEqual([
      ['unknown', 60, 30], ['connected', 30, 20], ['disconnected', 20, 10], ['connected', 10, 0],
    ]);
    expect(uptimeOf(stretches)).toEqual({ share: 2 / 3, interruptions: 1 });
    expect(uptimeOf(stretchesOf([], kNow - kHour, kNow))).toEqual({ share: null, interruptions: 0 });
  });

  it('knows the state at the beginning from the last change before it, and a connection taken over goes on', () => {
    const stretches = stretchesOf([line(5, true, 'taken_over'), line(300, true)], kNow - kHour, kNow);
    expect(stretches).toEqual([{ fromMs: kNow - kHour, toMs: kNow, state: 'connected' }]);
  });

  it('tells reasons and durations in words', () => {
    expect(reasonText(line(1, false, 'revoked'))).toBe('its key was revoked');
    expect(reasonText(line(1, false, 'some_new_word'))).toBe('some new word');
    expect([40_000, 300_000, 7_500_000, 7_200_000, 97 * kHour].map(durationText)).toEqual(['40 s', '5 min', '2 h 5 min', '2 h', '4 d 1 h']);
    expect([1, 0.99999, 0.5, 0].map(shareText)).toEqual(['100 %', '99.9 %', '50.0 %', '0 %']);
  });
});

it('a position is a link of the phone or of OpenStreetMap', () => {
  expect(geoLink({ latitude: 51.5, longitude: -0.12 })).toBe('geo:51.5,-0.12');
  expect(mapLink({ latitude: 51.5, longitude: -0.12 })).toBe('https://www.openstreetmap.org/?mlat=51.5&mlon=-0.12#map=16/51.5/-0.12');
});
