// SPDX-License-Identifier: Apache-2.0
// Reads QR codes off the page's thread. The wasm is bundled: nothing comes from another host.
import { prepareZXingModule, readBarcodes, type ReaderOptions } from 'zxing-wasm/reader';
import wasmUrl from 'zxing-wasm/reader/zxing_reader.wasm?url';
import type { DecodeReply, DecodeRequest } from './messages';

// Model 2 only: 'QRCode' would cover Micro QR too, which misreads destroyed codes.
const kOptions: ReaderOptions = { formats: ['QRCodeModel2'], tryHarder: true, maxNumberOfSymbols: 4, textMode: 'Plain' };

function reply(message: DecodeReply): void {
  postMessage(message);
}

prepareZXingModule({ overrides: { locateFile: () => wasmUrl }, fireImmediately: true }).then(
  () => reply({ kind: 'ready' }),
  (error: unknown) => reply({ kind: 'broken', reason: String(error) }),
);

async function decode({ id, image }: DecodeRequest): Promise<void> {
  let texts: string[] = [];
  try {
    const results = await readBarcodes(image, kOptions);
    texts = results.filter((result) => result.isValid).map((result) => result.text);
  } catch {
    // A frame that cannot be read is a frame without a code.
  }
  reply({ kind: 'read', id, texts });
}

addEventListener('message', (event: MessageEvent<DecodeRequest>) => void decode(event.data));
