// Shows the simulated devices and sends presses; asks for the state twice a second (the LED blinks at 0.4 s).
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
  const led = card.querySelector('.led');
  led.classList.toggle('on', device.led);
  led.setAttribute('aria-label', device.led ? 'LED on' : 'LED off');
  const link = device.connected ? 'connected' : 'not connected';
  card.querySelector('.state').textContent = `${link}, ${device.running ? 'running' : 'stopped'}, ${device.reports} reports`;
  card.querySelector('.command').textContent = device.lastCommand ? `last command: ${device.lastCommand}` : '';
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
