// SPDX-License-Identifier: Apache-2.0
// One frame through the scanner as the app has it (its own cuts, decoder worker and rules), and through the library alone.
import { kCuts, openDecoder, type Decoder } from '../../services/experience-gateway/web/src/scan/decoder';
import { kNoScan, look, type Rules, type Sight } from '../../services/experience-gateway/web/src/scan/state';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';

const kLookEveryMs = 100;

export interface Seen {
  app: Sight;
  alone: string[];
}

let decoder: Decoder | null = null;

export async function prepare(wasmUrl: string): Promise<void> {
  decoder = openDecoder();
  await Promise.all([decoder.ready, prepareZXingModule({ overrides: { locateFile: () => wasmUrl }, fireImmediately: true })]);
}

/** The camera is held still: what each cut reads once, it reads again in the next round. */
async function byApp(picture: ImageBitmap, rules: Rules): Promise<Sight> {
  if (decoder === null) throw new Error('prepare first');
  const reads: string[][] = [];
  for (const cut of kCuts) reads.push(await decoder.texts(picture, cut));
  return [...reads, ...reads].reduce((scan, texts, index) => look(scan, texts, index * kLookEveryMs, rules), kNoScan).sight;
}

async function byLibrary(picture: ImageBitmap): Promise<string[]> {
  const context = new OffscreenCanvas(picture.width, picture.height).getContext('2d');
  if (context === null) throw new Error('no canvas');
  context.drawImage(picture, 0, 0);
  const found = await readBarcodes(context.getImageData(0, 0, picture.width, picture.height), { formats: ['QRCodeModel2'], tryHarder: true, textMode: 'Plain' });
  return found.filter((each) => each.isValid).map((each) => each.text);
}

export async function see(url: string, rules: Rules): Promise<Seen> {
  const picture = await createImageBitmap(await (await fetch(url)).blob());
  const seen = { app: await byApp(picture, rules), alone: await byLibrary(picture) };
  picture.close();
  return seen;
}
