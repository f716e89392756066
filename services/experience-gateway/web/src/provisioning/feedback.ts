// SPDX-License-Identifier: Apache-2.0
// A press can be heard and felt: the technician looks at the device, not at the phone.

let audio: AudioContext | null = null;

/** Browsers let a page make sounds only after a touch: call this in one. */
export function allowSound(): void {
  if (typeof AudioContext === 'undefined') return;
  audio ??= new AudioContext();
  void audio.resume().catch(() => undefined);
}

function tone(frequency: number, startS: number, lengthS: number): void {
  if (audio === null || audio.state !== 'running') return;
  const start = audio.currentTime + startS;
  const oscillator = audio.createOscillator();
  const volume = audio.createGain();
  oscillator.frequency.value = frequency;
  volume.gain.setValueAtTime(0.0001, start);
  volume.gain.exponentialRampToValueAtTime(0.25, start + 0.01);
  volume.gain.exponentialRampToValueAtTime(0.0001, start + lengthS);
  oscillator.connect(volume).connect(audio.destination);
  oscillator.start(start);
  oscillator.stop(start + lengthS);
}

export function pressHeard(): void {
  navigator.vibrate?.(80);
  tone(660, 0, 0.16);
}

/** Not the unit that is waited for. */
export function otherHeard(): void {
  navigator.vibrate?.([60, 80, 60]);
  tone(330, 0, 0.12);
  tone(330, 0.2, 0.12);
}

export function proven(): void {
  navigator.vibrate?.([80, 60, 160]);
  tone(660, 0, 0.14);
  tone(990, 0.14, 0.3);
}

export function ended(): void {
  navigator.vibrate?.(300);
  tone(220, 0, 0.4);
}
