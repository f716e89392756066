// SPDX-License-Identifier: Apache-2.0
// What the page and the decoder worker say to each other.

export interface DecodeRequest {
  id: number;
  image: ImageData;
}

export type DecodeReply =
  | { kind: 'ready' }
  | { kind: 'broken'; reason: string }
  | { kind: 'read'; id: number; texts: string[] };
