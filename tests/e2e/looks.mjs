// SPDX-License-Identifier: Apache-2.0
// Pictures of a company's own looks, for docs/branding.md: node looks.mjs [OUT], by tests/e2e/run --pictures.
import { demo, sadler } from './harness/demo.mjs';
import { take } from './harness/camera.mjs';
import { bootswatch, takeOff, wear } from './harness/look.mjs';
import { valueBecomes } from './harness/pages.mjs';
import { closeBrowser, kPhone, Scene } from './harness/scene.mjs';

const phone = { ...kPhone, deviceScaleFactor: 2 };
const scene = new Scene();
try {
  await wear({ settings: { TURNKEY_BRAND_COLOUR: '#c2410c' } });
  const stranger = await scene.page(phone, null);
  await stranger.goto('/login');
  await stranger.getByTestId('brand-logo').waitFor();
  await take(stranger, 'branding-colour', 'phone');
  await wear({ theme: bootswatch('darkly') });
  const technician = await scene.page(phone, sadler.technician);
  await technician.goto(`/devices/${demo.devices[0].serial}`);
  await valueBecomes(technician, 'rpm', () => true);
  await take(technician, 'branding-theme', 'phone');
} finally {
  await scene.end(null);
  await closeBrowser();
  await takeOff();
}
