// SPDX-License-Identifier: Apache-2.0
// turnkeyctl doctor before the whole system: all is well, something is broken, who may not look.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { story } from '../harness/story.mjs';
import { data, operator, sadler, url } from '../harness/demo.mjs';
import { driver } from '../harness/driver.mjs';
import { eventually } from '../harness/eventually.mjs';

const kExit = { wrong: 1, couldNotLook: 2 };
const kMark = join(data, 'broker/turnkey_backup.prom'); // what deploy/backup leaves
// How full the disk of this machine is, is not Turnkey's doing.
const kOfThisMachine = /^The disk of the \w+ has \d+ % free\.$/;

/** With a backup of just now; what was there before is put back. */
async function withBackup(body) {
  const before = existsSync(kMark) ? readFileSync(kMark) : null;
  writeFileSync(kMark, `turnkey_backup_completed_timestamp_seconds ${Math.floor(Date.now() / 1000)}\n`);
  try {
    return await body();
  } finally {
    if (before) writeFileSync(kMark, before); else rmSync(kMark);
  }
}

async function findings(terminal) {
  const ran = await terminal.run(['doctor', '--json']);
  assert.ok([0, kExit.wrong].includes(ran.exit), ran.told);
  const all = ran.json.findings;
  assert.equal(ran.exit, all.some((each) => each.verdict === 'wrong') ? kExit.wrong : 0, ran.told);
  return all.filter((each) => !kOfThisMachine.test(each.what));
}

const wrongs = (all) => all.filter((each) => each.verdict === 'wrong').map((each) => each.part);

story('an installation that is well: every part is looked at, and none is wrong', async (tale) => {
  const terminal = await tale.terminal(operator);
  await withBackup(async () => {
    const all = await eventually('every part is well', async () => {
      const found = await findings(terminal);
      return wrongs(found).length === 0 && found;
    }, { seconds: 30 });
    for (const part of ['web certificate', 'clock', 'experience-gateway', 'registry', 'provisioning', 'broker certificate', 'broker', 'backup'])
      assert.ok(all.some((each) => each.part === part && each.verdict === 'well'), `${part}: ${JSON.stringify(all)}`);
    const { out } = await terminal.run(['doctor']);
    assert.match(out, /^ok +web certificate +\d+ days are left, to /);
    assert.match(out, /^ok +broker +It answers, and lets nobody in without credentials\.$/m);
  });
});

story('a service that is stopped is named, with what to do, and exit code 1; once it goes on all is well again', async (tale) => {
  const terminal = await tale.terminal(operator);
  await withBackup(async () => {
    const pid = await driver.pidOf('provisioning');
    process.kill(pid, 'SIGSTOP');
    try {
      const ran = await terminal.ends(kExit.wrong, ['doctor']);
      assert.match(ran.out, /^WRONG +provisioning +It does not answer over the bus\.\n +-> Does it run\?/m);
      assert.match(ran.out, /^ok +registry /m);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await eventually('provisioning is well again', async () => !wrongs(await findings(terminal)).includes('provisioning'), { seconds: 30 });
  });
});

story('a backup that was never made is wrong', async (tale) => {
  const terminal = await tale.terminal(operator);
  const before = existsSync(kMark) ? readFileSync(kMark) : null;
  rmSync(kMark, { force: true });
  try {
    assert.deepEqual(wrongs(await findings(terminal)).filter((part) => part === 'backup'), ['backup']);
  } finally {
    if (before) writeFileSync(kMark, before);
  }
});

story('who is not an operator, or nobody, cannot look; an authority that is not trusted is a finding', async (tale) => {
  const admin = await tale.terminal(sadler.admin);
  const refused = await admin.ends(kExit.couldNotLook, ['doctor']);
  assert.match(refused.err, /^Only operators see how the parts are/);
  assert.equal(refused.out, '');
  const nobody = await tale.terminal();
  assert.match((await nobody.ends(kExit.couldNotLook, ['doctor'])).err, /You are not signed in/);
  nobody.write('token', `tk_${'0'.repeat(64)}\n`);
  const stranger = await nobody.ends(kExit.wrong, ['doctor', '--url', url, '--token-file', 'token']);
  assert.match(stranger.out, /^WRONG +web certificate +It is not to be trusted: /);
});
