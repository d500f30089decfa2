import { describe, expect, test } from 'vitest';
import { OPTION_BYTES } from '../../../../../src/init/races/record/hide-contents.ts';
import { planRecording } from '../../../../../src/init/races/record/plan-recording.ts';
import { probeTable } from '../../../../../src/init/races/record/probe-table.ts';
import { MESSAGE_BYTES, probeFields } from '../../../../../src/init/races/trace/probe-fields.ts';

/** What the kernel says of memory: it is hidden, or cut, before anything reads it. */
const words = (letter: string, count: number) => Array.from({ length: count }, (_, word) => `${letter}${word}`);
const memory: Partial<Record<string, readonly string[]>> = {
  mount_data: ['data', ...words('d', OPTION_BYTES / 8)],
  written: ['mode', 'count', 'at', ...words('w', 8)],
  message: ['type', 'flags', 'length', ...words('m', MESSAGE_BYTES / 8)],
};
const namesOf = (text: string): readonly string[] => [...text.matchAll(/(?:^| )(\w+)=/g)].map(([, name]) => name ?? '');

describe('planRecording()', () => {
  test.each(['6.1.0-43-amd64', '6.12.95+deb12-cloud-amd64', '6.18.1'])('makes probes for %s that say what the parser reads', (release) => {
    const probes = planRecording(release).filter(({ definition }) => definition !== undefined);
    expect(probes).toHaveLength(probeTable.length);
    for (const { event, definition = '' } of probes) {
      const name = event.slice('lifeboot/'.length) as keyof typeof probeFields;
      expect([name, namesOf(definition.split(' ').slice(2).join(' '))]).toEqual([name, memory[name] ?? Object.keys(probeFields[name])]);
    }
  });
  test('uses offsets of 6.1 on 6.1 alone: elsewhere they would be of something else', () => {
    const offsets = (release: string) => planRecording(release).filter(({ definition = '' }) => definition.includes('+0x'));
    expect(offsets('6.1.192')).not.toEqual([]);
    for (const release of ['5.10.0-30-amd64', '6.10.3', '6.12.1', '6.18.44']) expect(offsets(release)).toEqual([]);
  });
  test('records a call for its return, and its beginning only where that says something', () => {
    const events = planRecording('6.1.0').map(({ event }) => event);
    expect(events).toContain('syscalls/sys_exit_openat');
    expect(events).not.toContain('syscalls/sys_enter_openat');
    expect(events).toContain('syscalls/sys_enter_close');
    expect(events).not.toContain('syscalls/sys_exit_close');
    expect(new Set(events).size).toBe(events.length);
  });
  test('records returns of writes that failed alone', () => {
    const find = (name: string) => planRecording('6.1.0').find(({ event }) => event === name);
    expect(find('syscalls/sys_exit_write')?.filter).toBe('ret<0');
    expect(find('syscalls/sys_enter_write')?.filter).toBeUndefined();
  });
  test('has no filter where memory is read that may not be there: the buffer of filtered events still has what it had before', () => {
    expect(planRecording('6.1.0').find(({ event }) => event === 'lifeboot/written')?.filter).toBeUndefined();
  });
  test('records who leaves a namespace and who enters one; what begins with new ones says so when it is forked', () => {
    const events = planRecording('6.1.0').map(({ event }) => event);
    for (const name of ['unshare', 'setns', 'pidfd_open'])
      expect(events).toEqual(expect.arrayContaining([`syscalls/sys_enter_${name}`, `syscalls/sys_exit_${name}`]));
    expect(events.filter((event) => /_clone3?$/.test(event))).toEqual([]);
  });
  test('knows who does something before what is done', () => {
    expect(planRecording('6.1.0')[0]?.event).toBe('task/task_newtask');
  });
});
