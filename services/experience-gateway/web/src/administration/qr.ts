// SPDX-License-Identifier: Apache-2.0
// A QR code as a picture, made here: a link that signs somebody in goes to no other server. Fetched when first needed.
import { prepareZXingModule, writeBarcode } from 'zxing-wasm/writer';
import wasmUrl from 'zxing-wasm/writer/zxing_writer.wasm?url';

let ready: Promise<unknown> | null = null;

/** A PNG with its quiet zone. */
export async function qrPicture(text: string): Promise<Blob> {
  ready ??= prepareZXingModule({ overrides: { locateFile: () => wasmUrl }, fireImmediately: true });
  await ready;
  const { image, error } = await writeBarcode(text, { format: 'QRCode', scale: 6, addQuietZones: true });
  if (image === null) throw new Error(error);
  return image;
}
