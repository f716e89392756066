// SPDX-License-Identifier: Apache-2.0
// The ledger's proof against somebody who has the whole database: the server and an export name the first line that was changed.
import assert from 'node:assert/strict';
import { story } from '../harness/story.mjs';
import { sql } from '../harness/database.mjs';
import { operator } from '../harness/demo.mjs';

const kNotVerified = 3;
const stamp = () => Date.now().toString(36);
// As a replica's sessions do it: the triggers that keep the ledger append-only are not asked.
const unguarded = (statement) => sql(`set local session_replication_role = replica; ${statement};`);

/** Two groups of new names, and the ledger's lines about their making, in order. */
async function twoLines(terminal) {
  const names = ['first', 'second'].map((each) => `Proof ${each} ${stamp()}`);
  for (const name of names) await terminal.done('groups', 'create', name);
  const { items } = await terminal.json('ledger', 'show', '--act', 'group.created', '--limit', '20');
  const seqs = names.map((name) => items.find((each) => each.detail.name === name)?.seq);
  assert.ok(seqs[0] > 0 && seqs[1] > seqs[0], JSON.stringify(items.slice(0, 2)));
  return { names, seqs };
}

const rewrite = (seq, from, to) => `update registry.ledger set line = replace(line, '${from}', '${to}') where seq = ${seq}`;

async function verified(terminal) {
  const verdict = await terminal.json('ledger', 'verify');
  assert.equal(verdict.ok, true);
  return verdict.lines;
}

story('a ledger as it was written is verified by the server and from an export', async (tale) => {
  const terminal = await tale.terminal(operator);
  const lines = await verified(terminal);
  assert.ok(lines > 10, 'the demo has written more than that');
  assert.match((await terminal.done('ledger', 'verify')).out, /^All \d+ lines of the ledger are as they were written\.\n$/);
  await terminal.done('ledger', 'export', '--output', 'ledger.ndjson');
  const exported = terminal.read('ledger.ndjson').trim().split('\n');
  assert.ok(exported.length >= lines);
  const verdict = await terminal.json('ledger', 'verify', '--file', 'ledger.ndjson');
  assert.deepEqual([verdict.ok, verdict.firstSeq, verdict.lines, verdict.anchored], [true, 1, exported.length, true]);
  await terminal.done('ledger', 'verify', '--file', 'ledger.ndjson', '--last-hash', verdict.lastHash);

  terminal.write('cut.ndjson', `${exported.slice(0, -1).join('\n')}\n`);
  await terminal.done('ledger', 'verify', '--file', 'cut.ndjson');
  const cut = await terminal.ends(kNotVerified, ['ledger', 'verify', '--file', 'cut.ndjson', '--last-hash', verdict.lastHash]);
  assert.match(cut.err, new RegExp(`broken at line ${exported.length}: the file ends before`));
});

story('the database itself refuses a change of the ledger while its triggers are there', async (tale) => {
  const terminal = await tale.terminal(operator);
  const { names, seqs } = await twoLines(terminal);
  await assert.rejects(sql(rewrite(seqs[0], names[0], 'Forged')), /append-only/);
  await assert.rejects(sql(`delete from registry.ledger where seq = ${seqs[0]}`), /append-only/);
  await verified(terminal);
});

story('lines that somebody changed in the database: the first is named, with exit code 3, until they are as they were', async (tale) => {
  const terminal = await tale.terminal(operator);
  const { names, seqs } = await twoLines(terminal);
  const forged = names.map((name) => name.replace('Proof', 'Forged'));
  const forge = (at) => unguarded(rewrite(seqs[at], names[at], forged[at]));
  const mend = (at) => unguarded(rewrite(seqs[at], forged[at], names[at]));
  const isBrokenAt = async (seq) => {
    const told = await terminal.ends(kNotVerified, ['ledger', 'verify']);
    assert.deepEqual([told.out, told.err], ['', `The ledger is broken at line ${seq}.\n`]);
    const { problem } = await terminal.ends(kNotVerified, ['ledger', 'verify', '--json']);
    assert.deepEqual([problem.ok, problem.firstBroken, problem.code], [false, seq, 'not_verified']);
  };
  await verified(terminal);
  try {
    await forge(1);
    await isBrokenAt(seqs[1]);
    await forge(0);
    await isBrokenAt(seqs[0]);
    await terminal.done('ledger', 'export', '--output', 'forged.ndjson');
    const file = await terminal.ends(kNotVerified, ['ledger', 'verify', '--file', 'forged.ndjson']);
    assert.match(file.err, new RegExp(`^The ledger is broken at line ${seqs[0]} \\(line ${seqs[0]} of the file\\): `));
    await mend(0);
    await isBrokenAt(seqs[1]);
  } finally {
    await mend(0);
    await mend(1);
  }
  await verified(terminal);
});

story('a line that somebody took out of the database is missed', async (tale) => {
  const terminal = await tale.terminal(operator);
  const { seqs: [seq] } = await twoLines(terminal);
  const columns = await sql("select string_agg(column_name, ', ') from information_schema.columns where table_schema = 'registry' and table_name = 'ledger' and is_generated = 'NEVER'");
  await sql(`create table registry.e2e_kept as select * from registry.ledger where seq = ${seq}`);
  try {
    await unguarded(`delete from registry.ledger where seq = ${seq}`);
    const { problem } = await terminal.ends(kNotVerified, ['ledger', 'verify', '--json']);
    assert.equal(problem.firstBroken, seq);
  } finally {
    await unguarded(`insert into registry.ledger (${columns}) select ${columns} from registry.e2e_kept on conflict do nothing; drop table registry.e2e_kept`);
  }
  await verified(terminal);
});
