// SPDX-License-Identifier: Apache-2.0
// How an installation looks: own logo, icons, colours and themes, given as those who run it give them.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { data } from './demo.mjs';
import { driver } from './driver.mjs';

const kFolder = join(data, 'branding');

/** A Bootswatch theme as it is downloaded. */
export const bootswatch = (name) => createRequire(import.meta.url).resolve(`bootswatch/dist/${name}/bootstrap.min.css`);

const kLogo = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64">
  <rect width="64" height="64" rx="14" fill="#fff"/><path d="M14 46 30 14l8 16 5-9 8 25z" fill="#c2410c"/></svg>\n`;

/** Puts on a look: `theme` the path of a sheet, `logo` an SVG, `icon` the path of a PNG, `settings` more of the environment. */
export async function wear({ theme, logo = kLogo, icon, settings = {} }) {
  rmSync(kFolder, { recursive: true, force: true });
  mkdirSync(kFolder, { recursive: true });
  writeFileSync(join(kFolder, 'logo.svg'), logo);
  writeFileSync(join(kFolder, 'favicon.svg'), logo);
  if (icon !== undefined) copyFileSync(icon, join(kFolder, 'favicon.png'));
  if (theme !== undefined) copyFileSync(theme, join(kFolder, 'theme.css'));
  await driver.startAgain({ TURNKEY_PRODUCT_NAME: 'Kanarra Power', ...settings });
}

/** As it was. */
export async function takeOff() {
  rmSync(kFolder, { recursive: true, force: true });
  await driver.startAgain({});
}

/** A variable of a theme's sheet, as its :root has it first. */
export const variableOf = (theme, name) => new RegExp(`${name}:([^;}]+)`).exec(readFileSync(theme, 'utf8'))[1].trim();
