// SPDX-License-Identifier: Apache-2.0
// Values, ages and names as people read them. Pure.
import type { Value } from '../api/types';

const kNumber = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const kSmallNumber = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

export function valueText(value: Value | undefined): string {
  if (value === undefined) return '–';
  if (typeof value === 'boolean') return value ? 'On' : 'Off';
  if (typeof value === 'string') return value === '' ? '–' : value;
  if (!Number.isFinite(value)) return '–';
  return value !== 0 && Math.abs(value) < 1 ? kSmallNumber.format(value) : kNumber.format(value);
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
