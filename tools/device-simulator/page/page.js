// Shows the simulated devices and sends presses; asks for the state twice a second. A light that blinks does so by
// the page's own clock, so that a late answer swallows no flash.
const list = document.getElementById('devices');
const said = document.getElementById('said');
const template = document.getElementById('card');
const cards = new Map();

function cardOf(serial) {
  const known = cards.get(serial);
  if (known) return known;
  const card = template.content.firstElementChild.cloneNode(true);
  card.querySelector('h2').textContent = serial;
  card.querySelector('button').addEventListener('click', () => press(serial));
  list.append(card);
  cards.set(serial, card);
  return card;
}

function show(device) {
  const card = cardOf(device.serial);
  startBlinking(device);
  const link = device.connected ? 'connected' : 'not connected';
  card.querySelector('.state').textContent = `${link}, ${device.running ? 'running' : 'stopped'}, ${device.reports} reports`;
  card.querySelector('.command').textContent = device.lastCommand ? `last command: ${device.lastCommand}` : '';
}

// When its blinking began, by this page's clock, and how it goes.
const blinking = new Map();

function startBlinking(device) {
  if (!device.blink) return;
  if (blinking.get(device.serial)?.number === device.blink.number) return;
  blinking.set(device.serial, { begins: performance.now() - device.blink.elapsed_ms, ...device.blink });
}

function isOn({ begins, times, pause_ms, on_ms, off_ms }) {
  const into = performance.now() - begins - pause_ms;
  return into >= 0 && into < times * (on_ms + off_ms) && into % (on_ms + off_ms) < on_ms;
}

function light() {
  for (const [serial, card] of cards) {
    const known = blinking.get(serial);
    const on = Boolean(known && isOn(known));
    const led = card.querySelector('.led');
    if (led.classList.contains('on') !== on || !led.hasAttribute('aria-label')) {
      led.classList.toggle('on', on);
      led.setAttribute('aria-label', on ? 'LED on' : 'LED off');
    }
  }
  setTimeout(light, 50);
}

async function press(serial) {
  const answer = await fetch(`/api/devices/${encodeURIComponent(serial)}/press`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"times":1}',
  }).catch(() => null);
  if (!answer) said.textContent = 'The simulator does not answer.';
  else if (answer.ok) said.textContent = `${serial}: pressed.`;
  else said.textContent = `${serial}: ${(await answer.json()).detail}`;
}

async function refresh() {
  try {
    const answer = await fetch('/api/devices');
    for (const device of (await answer.json()).items) show(device);
  } catch {
    said.textContent = 'The simulator does not answer.';
  }
  setTimeout(refresh, 400);
}
refresh();
light();
