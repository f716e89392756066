// SPDX-License-Identifier: Apache-2.0
// Serials as they are typed, scanned and compared. The C++ side reads the same test vectors
// (proto/examples/serials.json); nothing here talks to the server.

const kAlphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const kForm = /^[A-Z0-9._-]{4,64}$/;
/** Characters after the prefix of a serial that Turnkey makes: eight random ones and two check characters. */
const kGeneratedBody = 10;

/** Trims, drops blanks, upper-cases ASCII. Null when what is left is no serial. */
export function normalise(text: string): string | null {
  const bare = text
    .replace(/[ \t\n\v\f\r]/g, '')
    .replace(/[a-z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) - 32));
  return kForm.test(bare) ? bare : null;
}

/** Multiplication by the primitive element of GF(32) with x^5+x^2+1. */
function mul2(value: number): number {
  return (value & 16) === 0 ? value << 1 : ((value << 1) ^ 0x25) & 31;
}

function plain(serial: string): string {
  return serial.replaceAll('-', '').replaceAll('O', '0').replace(/[IL]/g, '1');
}

function syndromes(characters: string): { a: number; b: number } | null {
  let a = 0;
  let b = 0;
  for (const character of characters) {
    const value = kAlphabet.indexOf(character);
    if (value < 0) return null;
    a = mul2(a) ^ value;
    b = mul2(mul2(b)) ^ value;
  }
  return { a, b };
}

/** True when both check characters of a generated serial fit. */
export function checkFits(serial: string): boolean {
  const characters = plain(serial);
  if (characters.length < 4) return false;
  const sums = syndromes(characters);
  return sums !== null && sums.a === 0 && sums.b === 0;
}

function grouped(prefix: string, body: string): string {
  return [prefix, ...(body.match(/.{1,4}/g) ?? [])].join('-');
}

function checkedPrefix(serial: string, prefixes: readonly string[]): string | null {
  for (const prefix of prefixes) {
    if (serial.startsWith(`${prefix}-`)) return prefix;
    const whole = serial.length === prefix.length + kGeneratedBody && !serial.includes('-');
    if (whole && serial.startsWith(prefix)) return prefix;
  }
  return null;
}

export type Reading =
  | { kind: 'serial'; serial: string }
  /** Not a serial at all: too short, too long, or characters that no serial has. */
  | { kind: 'malformed' }
  /** The check characters do not fit. `suggestion` differs in one character and is only ever offered. */
  | { kind: 'misread'; serial: string; suggestion: string | null };

/** What was typed or scanned, judged before any lookup. Serials of a manufacturer are taken as they are. */
export function readSerial(text: string, checkedPrefixes: readonly string[]): Reading {
  const serial = normalise(text);
  if (serial === null) return { kind: 'malformed' };
  const prefix = checkedPrefix(serial, checkedPrefixes);
  if (prefix === null) return { kind: 'serial', serial };
  const body = plain(serial.slice(prefix.length));
  const canonical = grouped(prefix, body);
  if (checkFits(canonical)) return { kind: 'serial', serial: canonical };
  return { kind: 'misread', serial: canonical, suggestion: suggest(prefix, body) };
}

/** The one serial that differs in a single character of the body, if there is one. */
function suggest(prefix: string, body: string): string | null {
  const characters = [...body];
  const found: string[] = [];
  characters.forEach((original, index) => {
    for (const candidate of kAlphabet) {
      if (candidate === original) continue;
      const tried = characters.map((character, at) => (at === index ? candidate : character)).join('');
      if (checkFits(prefix + tried)) found.push(tried);
    }
  });
  const only = found.length === 1 ? found[0] : undefined;
  return only === undefined ? null : grouped(prefix, only);
}

/** The serial in a scanned text: our own label's link or a bare serial. Null for anything else; never followed. */
export function serialFromScan(text: string, labelHost: string): string | null {
  if (!text.includes('/')) return text === text.trim() ? normalise(text) : null;
  const link = /^https:\/\/([^/]+)\/d\/([^/]+)$/i.exec(text);
  const host = link?.[1];
  const serial = link?.[2];
  if (host === undefined || serial === undefined || /\s/.test(text)) return null;
  return host.toLowerCase() === labelHost.toLowerCase() ? normalise(serial) : null;
}
