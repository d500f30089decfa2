import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { completionScript, parseUsage } from '../../../src/cli/completion.ts';
import { completionText, helpText } from '../../../src/cli/run-command.ts';

/** What bash itself offers for the last word. */
function offered(script: string, ...words: readonly string[]): readonly string[] {
  const ask = `compopt() { :; }\n${script}\nCOMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _lifeboot; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const said = execFileSync('bash', ['--norc', '-c', ask, 'bash', ...words], { encoding: 'utf8', cwd: import.meta.dirname });
  return said.split('\n').filter((word) => word !== '');
}

test.each([
  ['status [--json]', ['--json'], []],
  [
    'install --root DIR [--toolbox DIR] [--initscripts]',
    ['--root', '--toolbox', '--initscripts'],
    [
      ['--root', 'DIR'],
      ['--toolbox', 'DIR'],
    ],
  ],
  ['sessions list | play ID', ['list', 'play'], [['play', 'ID']]],
  ['report [--quick] [FILE]', ['--quick'], [['', 'FILE']]],
  ['log SCRIPT...', [], [['', 'SCRIPT']]],
])('parseUsage() reads %j', (usage, words, after) => {
  expect(parseUsage(usage)).toEqual({ words, after: new Map(after as [string, string][]) });
});

test('completionScript() offers every command that help lists, and no other', () => {
  const listed = [...helpText().matchAll(/^ {2}(\S+)/gm)].map(([, name]) => name ?? '');
  expect(listed.length).toBeGreaterThan(8);
  expect(offered(completionText(), 'lifeboot', '')).toEqual([...listed, 'help'].sort());
});

test('completionScript() offers every option that help lists', () => {
  for (const [, name = '', rest = ''] of helpText().matchAll(/^ {2}(\S+) (.*?) {2,}/gm)) {
    const options = [...new Set([...rest.matchAll(/--[a-z-]+/g)].map(([option]) => option))];
    expect([name, ...options]).toEqual([
      name,
      ...offered(completionText(), 'lifeboot', name, '--').filter((word) => options.includes(word)),
    ]);
  }
});

test('completionScript() completes parts of words, arguments by their kind, and nothing it does not know', () => {
  const rows = {
    sessions: { usage: 'sessions list | play ID' },
    report: { usage: 'report [--quick] [FILE]' },
    install: { usage: 'install --root DIR' },
  };
  const script = completionScript(rows, ['help']);
  expect(offered(script, 'lifeboot', 'se')).toEqual(['sessions']);
  expect(offered(script, 'lifeboot', 'sessions', 'pl')).toEqual(['play']);
  expect(offered(script, 'lifeboot', 'sessions', 'play', '')).toEqual([]);
  expect(offered(script, 'lifeboot', 'report', 'completion.t')).toEqual(['completion.test.ts']);
  expect(offered(script, 'lifeboot', 'install', '--root', '../cl')).toEqual(['../cli']);
  expect(offered(script, 'lifeboot', 'nothing', '')).toEqual([]);
});

test('completionScript() offers what the image has in /etc/init.d behind the words that act upon scripts, more than once', () => {
  const known = existsSync('/etc/init.d') ? readdirSync('/etc/init.d').sort() : [];
  for (const words of [
    ['restart', ''],
    ['start', 'x', ''],
    ['stop', ''],
    ['reload', ''],
  ])
    expect(offered(completionText(), 'lifeboot', ...words).toSorted()).toEqual(known);
  expect(offered(completionText(), 'lifeboot', 'status', '').toSorted()).toEqual([...known, '--json'].sort());
});
