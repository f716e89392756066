// SPDX-License-Identifier: Apache-2.0
// Values, ages and names as people read them. Pure.
import type { Attribute, Value } from '../api/types';

type Limits = Pick<Attribute, 'min' | 'max'>;

const kFormats = new Map<string, Intl.NumberFormat>();

function formatOf(least: number, most: number): Intl.NumberFormat {
  const key = `${least} ${most}`;
  let format = kFormats.get(key);
  if (format === undefined) kFormats.set(key, (format = new Intl.NumberFormat('en', { minimumFractionDigits: least, maximumFractionDigits: most })));
  return format;
}

function hasLimits(attribute: Limits): attribute is { min: number; max: number } {
  return typeof attribute.min === 'number' && typeof attribute.max === 'number' && attribute.max > attribute.min;
}

/**
 * How many decimals an attribute is shown with, on its card, its gauge and its chart alike. Its limits say how large its
 * values are; without them `known`, one of its values, does.
 */
export function decimalsOf(attribute: Limits, known: Value | undefined): number {
  const size = hasLimits(attribute) ? Math.max(Math.abs(attribute.min), Math.abs(attribute.max)) : typeof known === 'number' ? Math.abs(known) : 0;
  if (!Number.isFinite(size) || size === 0 || (size >= 1 && size < 1000)) return 1;
  return size >= 1000 ? 0 : Math.min(9, 2 - Math.floor(Math.log10(size)));
}

/** A measured value. With limits all decimals are written, so that a live value keeps its width. */
export function numberText(value: number, attribute: Limits, decimals: number): string {
  if (!Number.isFinite(value)) return '–';
  const text = formatOf(hasLimits(attribute) ? decimals : 0, decimals).format(value);
  return /[1-9]/.test(text) ? text : text.replace('-', '');
}

/** A limit or a mark of an axis: as short as it can be, never with more decimals than its attribute has. */
export function markText(value: number, decimals: number): string {
  return formatOf(0, decimals).format(value);
}

export function valueText(value: Value | undefined, attribute: Limits = {}): string {
  if (value === undefined) return '–';
  if (typeof value === 'boolean') return value ? 'On' : 'Off';
  if (typeof value === 'string') return value === '' ? '–' : value;
  return numberText(value, attribute, decimalsOf(attribute, value));
}

/** manifold_temperature -> Manifold temperature */
export function humanName(name: string): string {
  const words = name.replace(/[_-]+/g, ' ').replace(/([a-z0-9])([A-Z])/g, '$1 $2').trim().toLowerCase();
  if (words === 'rpm' || words === 'gps') return words.toUpperCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function ageText(time: string | null | undefined, nowMs: number): string {
  if (time === null || time === undefined) return 'never';
  const seconds = Math.round((nowMs - Date.parse(time)) / 1000);
  if (!Number.isFinite(seconds)) return 'unknown';
  if (seconds < 5) return 'just now';
  if (seconds < 60) return `${seconds} s ago`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.round(minutes / 60);
  if (hours < 48) return `${hours} h ago`;
  return `${Math.round(hours / 24)} days ago`;
}

const kDateTime = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

export function dateTimeText(time: string): string {
  const ms = Date.parse(time);
  return Number.isFinite(ms) ? kDateTime.format(ms) : time;
}

/** Where a value lies between its limits, 0..1; null when there are none. */
export function share(value: Value | undefined, min: number | null | undefined, max: number | null | undefined): number | null {
  if (typeof value !== 'number' || typeof min !== 'number' || typeof max !== 'number' || max <= min) return null;
  return Math.min(1, Math.max(0, (value - min) / (max - min)));
}

const kPosition = /^\s*(-?\d{1,2}(?:\.\d+)?)\s*,\s*(-?\d{1,3}(?:\.\d+)?)\s*$/;

/** A gps value as latitude and longitude; null when it is not one. */
export function positionOf(value: Value | undefined): { latitude: number; longitude: number } | null {
  const match = typeof value === 'string' ? kPosition.exec(value) : null;
  if (match === null) return null;
  const latitude = Number(match[1]);
  const longitude = Number(match[2]);
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : null;
}

type Position = NonNullable<ReturnType<typeof positionOf>>;

/** Opens the map of the phone, if it has one. */
export function geoLink({ latitude, longitude }: Position): string {
  return `geo:${latitude},${longitude}`;
}

/** A page of OpenStreetMap; nothing is fetched from there unless somebody opens it. */
export function mapLink({ latitude, longitude }: Position): string {
  return `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;
}
