// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { Recipe } from '../api/types';
import { emptyRecipe, fieldsOf, pictureFault, recipeChanges, recipeFaults, tidied, windowTitle } from './recipes';

const kRecipe: Recipe = { ...emptyRecipe(), id: 'r', name: 'Gateway', tags: { fuel: 'diesel', line: 'k' }, models: [{ key: 'kd', title: 'KD', pictureUrl: null }] };

describe('a recipe in the form', () => {
  it('begins with what most devices need, and only lacks a name', () => {
    expect(Object.keys(recipeFaults(emptyRecipe()))).toEqual(['name']);
  });

  it('names every fault at once, as the server would', () => {
    const faults = recipeFaults({
      ...emptyRecipe(), name: 'x', serialPrefix: 'LO', registerAttribute: 'a b',
      attributes: [{ name: 'a', type: 'number', min: 5, max: 5 }, { name: 'a', type: 'string' }, { name: 'ö', type: 'gps' }],
      models: [{ key: '', title: '', pictureUrl: null }], commands: [{ name: 'go' }, { name: 'go' }],
    });
    expect(Object.keys(faults).sort()).toEqual([
      'attributes.0.max', 'attributes.1.name', 'attributes.2.name', 'commands.1.name', 'models.0.key', 'models.0.title', 'registerAttribute', 'serialPrefix',
    ]);
  });

  it('saved as it was sends nothing', () => {
    expect(recipeChanges(kRecipe, tidied(fieldsOf(kRecipe)))).toEqual({});
  });

  it('sends the fields that differ, each whole', () => {
    const fields = { ...fieldsOf(kRecipe), window_s: 60, tags: { fuel: 'gas' } };
    expect(recipeChanges(kRecipe, tidied(fields))).toEqual({ window_s: 60, tags: { fuel: 'gas' } });
  });

  it('says whether the light is counted, which it is not unless chosen', () => {
    expect(emptyRecipe().blinkCheck).toBe(false);
    expect(recipeChanges(kRecipe, tidied({ ...fieldsOf(kRecipe), blinkCheck: true }))).toEqual({ blinkCheck: true });
  });

  it('keeps limits for numbers alone', () => {
    const fields = { ...emptyRecipe(), attributes: [{ name: ' a ', type: 'string' as const, unit: ' V ', min: 1, max: 2 }] };
    expect(tidied(fields).attributes).toEqual([{ name: 'a', type: 'string', unit: 'V', min: null, max: null }]);
  });
});

it('a picture is one, and small', () => {
  expect(pictureFault({ type: 'image/svg+xml', size: 10 })).toContain('PNG');
  expect(pictureFault({ type: 'image/png', size: 512 * 1024 })).toBe('');
  expect(pictureFault({ type: 'image/png', size: 512 * 1024 + 1 })).toContain('512');
});

it('windows have words', () => {
  expect([300, 3600, 90, 420].map(windowTitle)).toEqual(['5 minutes', '1 hour', '90 s', '7 minutes']);
});
