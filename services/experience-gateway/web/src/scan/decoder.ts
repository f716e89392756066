// SPDX-License-Identifier: Apache-2.0
// The page's side of the decoder worker: one frame at a time, cut as the measurements say reads best.
import type { DecodeReply, DecodeRequest } from './messages';

export type Cut = 'centre2x' | 'full' | 'centre1x';
export const kCuts: readonly Cut[] = ['centre2x', 'full', 'centre1x'];

type Picture = HTMLVideoElement | ImageBitmap;

const kCentre = 0.6;
/** A photo of a modern phone has far more pixels than the decoder needs. */
const kLongestSide = 2_000;

function sizeOf(picture: Picture): { width: number; height: number } {
  return picture instanceof HTMLVideoElement
    ? { width: picture.videoWidth, height: picture.videoHeight }
    : { width: picture.width, height: picture.height };
}

export interface Decoder {
  readonly ready: Promise<void>;
  texts(picture: Picture, cut: Cut): Promise<string[]>;
  close(): void;
}

export function openDecoder(): Decoder {
  const worker = new Worker(new URL('./decoder.worker.ts', import.meta.url), { type: 'module' });
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const waiting = new Map<number, (texts: string[]) => void>();
  let nextId = 1;
  let settle: { ready: () => void; broken: (reason: Error) => void } | null = null;
  const ready = new Promise<void>((resolve, reject) => {
    settle = { ready: resolve, broken: reject };
  });
  ready.catch(() => undefined);

  worker.onmessage = (event: MessageEvent<DecodeReply>) => {
    const message = event.data;
    if (message.kind === 'ready') settle?.ready();
    else if (message.kind === 'broken') settle?.broken(new Error(message.reason));
    else {
      waiting.get(message.id)?.(message.texts);
      waiting.delete(message.id);
    }
  };
  worker.onerror = (event) => settle?.broken(new Error(event.message || 'The scanner could not be loaded.'));

  function pixels(picture: Picture, cut: Cut): ImageData | null {
    const { width, height } = sizeOf(picture);
    if (context === null || width === 0 || height === 0) return null;
    const part = cut === 'full' ? 1 : kCentre;
    const wanted = cut === 'centre2x' ? 2 : 1;
    const scale = Math.min(wanted, kLongestSide / Math.max(width * part, height * part));
    canvas.width = Math.round(width * part * scale);
    canvas.height = Math.round(height * part * scale);
    const left = (width * (1 - part)) / 2;
    const top = (height * (1 - part)) / 2;
    context.drawImage(picture, left, top, width * part, height * part, 0, 0, canvas.width, canvas.height);
    return context.getImageData(0, 0, canvas.width, canvas.height);
  }

  async function texts(picture: Picture, cut: Cut): Promise<string[]> {
    const image = pixels(picture, cut);
    if (image === null) return [];
    const id = nextId++;
    const request: DecodeRequest = { id, image };
    return new Promise((resolve) => {
      waiting.set(id, resolve);
      worker.postMessage(request, [image.data.buffer]);
    });
  }

  return { ready, texts, close: () => worker.terminate() };
}
