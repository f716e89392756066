// SPDX-License-Identifier: Apache-2.0
// The form as typed so far, kept in this tab so that a reload inside the window loses nothing.
import type { Assignment } from '../api/client';


function keyOf(id: string): string {
  return `turnkey-draft-${id}`;
}

/** `before`: where the last device of the round went. */
export function loadDraft(id: string, before: Pick<Assignment, 'groupId' | 'model'> = { groupId: '', model: '' }): Assignment {
  const fresh = { name: '', groupId: before.groupId, model: before.model };
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(keyOf(id)) ?? 'null');
    if (typeof kept !== 'object' || kept === null) return fresh;
    const fields = kept as Record<string, unknown>;
    const text = (name: string): string => (typeof fields[name] === 'string' ? fields[name] : '');
    return { name: text('name'), groupId: text('groupId'), model: text('model') };
  } catch {
    return fresh;
  }
}

export function keepDraft(id: string, draft: Assignment): void {
  try {
    sessionStorage.setItem(keyOf(id), JSON.stringify(draft));
  } catch {
    // Private windows may refuse: the form works without.
  }
}

export function dropDraft(id: string): void {
  try {
    sessionStorage.removeItem(keyOf(id));
  } catch {
    // As above.
  }
}

/** All field errors at once, in the words of the form. */
export function checkAssignment(assignment: Assignment): Record<string, string> {
  const errors: Record<string, string> = {};
  const length = [...assignment.name.trim()].length;
  if (length === 0) errors['name'] = 'Give the device a name.';
  else if (length > 255) errors['name'] = `At most 255 characters; this has ${length}.`;
  if (assignment.groupId === '') errors['groupId'] = 'Choose the group that the device belongs to.';
  if (assignment.model === '') errors['model'] = 'Choose the model.';
  return errors;
}
