// SPDX-License-Identifier: Apache-2.0
// Fingers and a mouse on a chart: one drags it, two spread it, a wheel with Ctrl zooms it; a plain wheel and a finger
// that moves up or down still scroll the page.

export interface GestureOwner {
  /** As a part of the chart's width; positive is to the right. */
  onDrag: (share: number) => void;
  /** `factor` below 1 shows less time; `at` is where in the chart, 0..1. */
  onZoom: (factor: number, at: number) => void;
  onTap: (at: number) => void;
}

const kTapPx = 6;

export function followGestures(box: HTMLElement, owner: GestureOwner): () => void {
  const pointers = new Map<number, number>();
  let movedPx = 0;

  const place = (x: number): number => {
    const edges = box.getBoundingClientRect();
    return Math.min(1, Math.max(0, (x - edges.left) / Math.max(1, edges.width)));
  };
  const spread = (): { distance: number; middle: number } => {
    const [one = 0, other = 0] = [...pointers.values()];
    return { distance: Math.max(20, Math.abs(one - other)), middle: (one + other) / 2 };
  };
  const down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    if (pointers.size === 0) movedPx = 0;
    pointers.set(event.pointerId, event.clientX);
  };
  const move = (event: PointerEvent): void => {
    const was = pointers.get(event.pointerId);
    if (was === undefined) return;
    const before = spread();
    pointers.set(event.pointerId, event.clientX);
    if (pointers.size === 2) {
      owner.onZoom(before.distance / spread().distance, place(spread().middle));
      movedPx = kTapPx + 1;
      return;
    }
    movedPx += Math.abs(event.clientX - was);
    if (movedPx <= kTapPx) return;
    // Taken only now: a tap stays a tap for whatever else listens.
    box.setPointerCapture(event.pointerId);
    owner.onDrag((event.clientX - was) / Math.max(1, box.clientWidth));
  };
  const up = (event: PointerEvent): void => {
    if (!pointers.delete(event.pointerId)) return;
    if (event.type === 'pointerup' && pointers.size === 0 && movedPx <= kTapPx) owner.onTap(place(event.clientX));
  };
  const wheel = (event: WheelEvent): void => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    owner.onZoom(Math.exp(Math.sign(event.deltaY) * 0.2), place(event.clientX));
  };

  box.addEventListener('pointerdown', down);
  box.addEventListener('pointermove', move);
  for (const name of ['pointerup', 'pointercancel'] as const) box.addEventListener(name, up);
  box.addEventListener('wheel', wheel, { passive: false });
  return () => {
    box.removeEventListener('pointerdown', down);
    box.removeEventListener('pointermove', move);
    for (const name of ['pointerup', 'pointercancel'] as const) box.removeEventListener(name, up);
    box.removeEventListener('wheel', wheel);
  };
}
