// SPDX-License-Identifier: Apache-2.0
// A recipe as a form: what is chosen in words, what is wrong with it, and what a change sends. Pure.
import type { RecipeFields } from '../api/administration';
import type { Attribute, Recipe } from '../api/types';
import type { Choice } from './people';

export const kPresence: readonly Choice<Recipe['presencePolicy']>[] = [
  { key: 'press', title: 'One press', words: 'Somebody presses the button on the device while the window is open.' },
  { key: 'pattern', title: 'A number of presses', words: 'As often as only the technician’s screen says. Stronger: a press by chance proves nothing.' },
  { key: 'none', title: 'No proof', words: 'The scan is enough. For devices without a button; whoever knows the serial can take the device.' },
];

export const kTransfer: readonly Choice<Recipe['transferPolicy']>[] = [
  { key: 'presence', title: 'Presence is enough', words: 'Who stands in front of a device may take it over, from another owner too, whose admins are told.' },
  { key: 'consent', title: 'The owner must agree', words: 'A device that belongs to somebody stays theirs until they release it, or let the person who asks for it take it within 24 hours.' },
  { key: 'never', title: 'Never again', words: 'A device is handed over once and never again, not even after a release.' },
];

export const kAttributeTypes: readonly Choice<Attribute['type']>[] = [
  { key: 'number', title: 'Number', words: '' },
  { key: 'boolean', title: 'On or off', words: '' },
  { key: 'string', title: 'Text', words: '' },
  { key: 'gps', title: 'Position', words: '' },
];

export const kWindows: readonly { key: number; title: string }[] = [
  { key: 60, title: '1 minute' }, { key: 120, title: '2 minutes' }, { key: 300, title: '5 minutes' }, { key: 600, title: '10 minutes' },
  { key: 1800, title: '30 minutes' }, { key: 3600, title: '1 hour' },
];

export function windowTitle(seconds: number): string {
  const known = kWindows.find((window) => window.key === seconds);
  if (known !== undefined) return known.title;
  return seconds % 60 === 0 ? `${seconds / 60} minutes` : `${seconds} s`;
}

export function emptyRecipe(): RecipeFields {
  return {
    name: '', attributes: [{ name: 'register_button', type: 'boolean', unit: '', min: null, max: null }], tags: {}, presencePolicy: 'press',
    transferPolicy: 'presence', window_s: 300, burstPause_ms: 2500, blinkCheck: false, registerAttribute: 'register_button', serialPrefix: 'GEN', checkedSerials: true,
    models: [], commands: [],
  };
}

/** A copy to edit. */
export function fieldsOf(recipe: Recipe): RecipeFields {
  const { name, attributes, tags, presencePolicy, transferPolicy, window_s, burstPause_ms, blinkCheck, registerAttribute, serialPrefix, checkedSerials, models, commands } =
    structuredClone(recipe);
  return { name, attributes, tags, presencePolicy, transferPolicy, window_s, burstPause_ms, blinkCheck, registerAttribute, serialPrefix, checkedSerials, models, commands };
}

/** Empty inputs of numbers are "no limit", and texts lose the blanks around them. */
export function tidied(fields: RecipeFields): RecipeFields {
  const limit = (value: number | null | undefined): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);
  return {
    ...fields,
    name: fields.name.trim(),
    registerAttribute: fields.registerAttribute.trim(),
    serialPrefix: fields.serialPrefix.trim().toUpperCase(),
    attributes: fields.attributes.map((each) => {
      const isNumber = each.type === 'number';
      return { name: each.name.trim(), type: each.type, unit: (each.unit ?? '').trim(), min: isNumber ? limit(each.min) : null, max: isNumber ? limit(each.max) : null };
    }),
    models: fields.models.map((each) => ({ key: each.key.trim(), title: each.title.trim(), pictureUrl: each.pictureUrl })),
    commands: fields.commands.map((each) => ({ name: each.name.trim(), title: (each.title ?? '').trim(), confirm: each.confirm === true })),
  };
}

function repeated(names: readonly string[], index: number): boolean {
  return names.indexOf(names[index] ?? '') !== index;
}

/** All that is wrong, by the names that the server uses too: "attributes.0.name". */
export function recipeFaults(fields: RecipeFields): Record<string, string> {
  const faults: Record<string, string> = {};
  const length = [...fields.name].length;
  if (length === 0 || length > 255) faults['name'] = length === 0 ? 'Give the recipe a name.' : 'At most 255 characters.';
  if (!/^[0-9A-HJKMNP-TV-Z]{1,8}$/.test(fields.serialPrefix)) faults['serialPrefix'] = '1 to 8 digits or capital letters, without I, L, O and U.';
  if (!/^[0-9a-zA-Z_-]{1,255}$/.test(fields.registerAttribute)) faults['registerAttribute'] = 'Letters, digits, _ and -.';
  const attributes = fields.attributes.map((each) => each.name);
  fields.attributes.forEach((each, index) => {
    if (!/^[0-9a-zA-Z_-]{1,255}$/.test(each.name)) faults[`attributes.${index}.name`] = each.name === '' ? 'Needs a name.' : 'Letters, digits, _ and -.';
    else if (repeated(attributes, index)) faults[`attributes.${index}.name`] = 'This name is there twice.';
    if (typeof each.min === 'number' && typeof each.max === 'number' && each.max <= each.min) faults[`attributes.${index}.max`] = 'Must be greater than the lowest.';
  });
  const models = fields.models.map((each) => each.key);
  fields.models.forEach((each, index) => {
    if (each.key === '' || [...each.key].length > 64) faults[`models.${index}.key`] = '1 to 64 characters.';
    else if (repeated(models, index)) faults[`models.${index}.key`] = 'This key is there twice.';
    if (each.title === '') faults[`models.${index}.title`] = 'Needs a title.';
  });
  const commands = fields.commands.map((each) => each.name);
  fields.commands.forEach((each, index) => {
    if (each.name === '') faults[`commands.${index}.name`] = 'Needs a name.';
    else if (repeated(commands, index)) faults[`commands.${index}.name`] = 'This name is there twice.';
  });
  return faults;
}

/** The fields that differ, each whole: a patch replaces top-level fields. */
export function recipeChanges(before: Recipe, after: RecipeFields): Partial<RecipeFields> {
  const was = tidied(fieldsOf(before));
  const differs = (Object.keys(after) as (keyof RecipeFields)[]).filter((name) => JSON.stringify(after[name]) !== JSON.stringify(was[name]));
  return Object.fromEntries(differs.map((name) => [name, after[name]])) as Partial<RecipeFields>;
}

export const kPictureTypes: readonly string[] = ['image/png', 'image/jpeg', 'image/webp'];
const kMaxPictureBytes = 512 * 1024;

/** Empty: fine. */
export function pictureFault(file: { type: string; size: number }): string {
  if (!kPictureTypes.includes(file.type)) return 'A picture is a PNG, JPEG or WebP file.';
  return file.size > kMaxPictureBytes ? 'A picture has at most 512 kB.' : '';
}
