// SPDX-License-Identifier: Apache-2.0
// A camera's view of a label, as the raw video that Chromium's fake camera plays in a loop (YUV4MPEG2, 4:2:0).
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const kWidth = 640;
const kHeight = 480;
const kFrames = 5;
const kWall = 96;
const kPaper = 235;
const kInk = 20;

/** Rows of the code, each a list of booleans (true is dark), with its quiet zone of four modules. */
export function modulesOf(text) {
  const rows = execFileSync('qrencode', ['-t', 'ASCII', '-l', 'Q', '-m', '4', '-o', '-', text], { encoding: 'utf8' }).split('\n').slice(0, -1);
  const size = Math.max(...rows.map((row) => row.length)) / 2;
  return rows.map((row) => Array.from({ length: size }, (_, at) => row[at * 2] === '#'));
}

/** Writes the clip and returns its path: the label on a grey wall, a little off the middle. */
export function writeClip(path, text) {
  const modules = modulesOf(text);
  const scale = Math.floor((kHeight * 0.7) / modules.length);
  const left = Math.floor((kWidth - scale * modules.length) / 2) + 14;
  const top = Math.floor((kHeight - scale * modules.length) / 2) - 9;
  const luma = Buffer.alloc(kWidth * kHeight, kWall);
  modules.forEach((row, y) => {
    row.forEach((dark, x) => {
      for (let line = 0; line < scale; line += 1) {
        const at = (top + y * scale + line) * kWidth + left + x * scale;
        luma.fill(dark ? kInk : kPaper, at, at + scale);
      }
    });
  });
  const frame = Buffer.concat([Buffer.from('FRAME\n'), luma, Buffer.alloc((kWidth * kHeight) / 2, 128)]);
  const head = Buffer.from(`YUV4MPEG2 W${kWidth} H${kHeight} F10:1 Ip A1:1 C420jpeg\n`);
  writeFileSync(path, Buffer.concat([head, ...Array(kFrames).fill(frame)]));
  return path;
}

export const labelText = (host, serial) => `HTTPS://${host.toUpperCase()}/D/${serial}`;
