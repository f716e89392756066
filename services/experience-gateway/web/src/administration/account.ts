// SPDX-License-Identifier: Apache-2.0
// What is wrong with a change of one's own name or password, before it is sent. Pure; the server decides.
import { passwordFault } from './people';

export function nameFault(name: string): string {
  const length = [...name.trim()].length;
  if (length === 0) return 'Enter your name.';
  return length > 255 ? 'At most 255 characters.' : '';
}

/** By the names that the server gives the fields. */
export function passwordFaults(current: string, wanted: string): Record<string, string> {
  const faults: Record<string, string> = {};
  if (current === '') faults['password.current'] = 'Enter the password that you have now.';
  const wrong = passwordFault(wanted);
  if (wrong !== '') faults['password.new'] = wrong;
  else if (wanted === current) faults['password.new'] = 'This is the password that you have now.';
  return faults;
}

/** A pass signs in without a password, and its address is nobody's. */
export function isPass(email: string): boolean {
  return email.endsWith('@pass.invalid');
}
