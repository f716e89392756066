// SPDX-License-Identifier: Apache-2.0
import '@fontsource-variable/figtree/wght.css';
import './styles/app.scss';
import { mount } from 'svelte';
import App from './App.svelte';
import { configuration } from './shell/configuration.svelte';
import { startNavigation } from './shell/navigation.svelte';
import { now } from './shell/now.svelte';
import { session } from './shell/session.svelte';

const target = document.getElementById('app');
if (target === null) throw new Error('the page has no #app');

startNavigation();
now.start();
void configuration.load();
void session.load();
mount(App, { target });

// Without a trusted certificate there is no service worker; the app works all the same.
if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  navigator.serviceWorker.register('/sw.js').catch(() => undefined);
}
