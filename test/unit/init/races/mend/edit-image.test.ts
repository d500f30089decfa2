import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editFiles, editPlan, overrideOf } from '../../../../../src/init/races/mend/edit-image.ts';
import { editHeader } from '../../../../../src/init/races/mend/header-text.ts';
import { unifiedDiff } from '../../../../../src/init/races/mend/unified-diff.ts';
import { mendImage, mendScript, scriptOf, scriptText } from './mend-image.ts';

const keys = ['Required-Start', 'Should-Start', 'X-Start-Before', 'X-Ready'] as const;
const edit = (text: string, key: string, value: string) => editHeader(text, { key, value });

describe('editHeader', () => {
  const { text } = mendScript('a', ['# Required-Start:     $remote_fs', '# Short-Description:  x', '# Description:        y', '#  and z']);
  test('changes the value, and nothing else of the file', () => {
    const after = edit(text, 'Required-Start', '$remote_fs dbus') ?? '';
    expect(after).toBe(text.replace('$remote_fs', '$remote_fs dbus'));
  });
  test('puts a new line where headers have it, its value below the others', () => {
    const after = edit(text, 'Should-Start', 'dbus') ?? '';
    expect(after).toContain('# Required-Start:     $remote_fs\n# Should-Start:       dbus\n# Short-Description:');
  });
  test('takes a line away', () => {
    expect(edit(text, 'Required-Start', '')).toBe(text.replace('# Required-Start:     $remote_fs\n', ''));
    expect(edit(text, 'X-Ready', '')).toBe(text);
  });
  test('knows no header where there is none', () => {
    expect(edit('#!/bin/sh\n', 'X-Ready', 'notify')).toBeUndefined();
  });
  test('of a header without any key makes the first line', () => {
    expect(edit('### BEGIN INIT INFO\n### END INIT INFO\n', 'X-Ready', 'notify')).toBe(
      '### BEGIN INIT INFO\n# X-Ready: notify\n### END INIT INFO\n',
    );
  });
});

describe('unifiedDiff', () => {
  test('has three lines of context, and says where no newline is', () => {
    expect(unifiedDiff('/x', 'a\nb\nc\nd\ne\nf\ng\nh', 'a\nb\nc\nd\nE\nf\ng\nh')).toBe(
      '--- a/x\n+++ b/x\n@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+E\n f\n g\n h\n\\ No newline at end of file\n',
    );
  });
  test('of the same text is empty', () => {
    expect(unifiedDiff('/x', 'a\n', 'a\n')).toBe('');
  });
  test('makes two hunks of changes far apart, one of changes near by', () => {
    const lines = Array.from({ length: 20 }, (_, index) => `${index}\n`);
    const change = (...at: readonly number[]) => lines.map((line, index) => (at.includes(index) ? `new ${line}` : line)).join('');
    expect(unifiedDiff('/x', lines.join(''), change(2, 15)).match(/^@@/gm)).toHaveLength(2);
    expect(unifiedDiff('/x', lines.join(''), change(2, 8)).match(/^@@/gm)).toHaveLength(1);
  });
});

describe('an edited image', () => {
  test('is read from its files as the plan reads it', () => {
    fc.assert(
      fc.property(scriptText, fc.constantFrom(...keys), fc.constantFrom('dbus', '$network x', 'notify', 'fd:3', ''), (text, key, value) => {
        const script = scriptOf('a', text);
        const image = { ...mendImage({}), scripts: [script], texts: new Map([[script.file, text]]) };
        const edits = [{ script: 'a', key, value }];
        const [file] = editFiles(image, edits);
        const [planned] = editPlan(image, edits).scripts;
        const after = scriptOf('a', file?.after ?? text);
        if (script.fields.length > 0) expect(after.header).toEqual(planned?.header);
        else if (value !== '')
          expect(after.header[key === 'X-Ready' ? 'ready' : 'requiredStart']).toEqual(
            planned?.header[key === 'X-Ready' ? 'ready' : 'requiredStart'],
          );
      }),
      { numRuns: 400 },
    );
  });
  test('of a script without a header has one, with what insserv guesses', () => {
    const text = '#!/bin/sh\nexit 0\n';
    const plain = scriptOf('old', text);
    const script = {
      ...plain,
      header: { ...plain.header, requiredStart: ['$remote_fs', '$syslog'] },
      start: new Set(['2', '3']),
      stop: new Set(['0']),
    };
    const image = { ...mendImage({}), scripts: [script], texts: new Map([[script.file, text]]) };
    const [file] = editFiles(image, [{ script: 'old', key: 'Should-Start', value: 'dbus' }]);
    expect(file?.after).toBe(`#!/bin/sh
### BEGIN INIT INFO
# Provides:          old
# Required-Start:    $remote_fs $syslog
# Default-Start:     2 3
# Default-Stop:      0
# Should-Start:      dbus
### END INIT INFO
exit 0
`);
    expect(editPlan(image, [{ script: 'old', key: 'Should-Start', value: 'dbus' }]).scripts[0]?.header).toMatchObject({
      requiredStart: ['$remote_fs', '$syslog'],
      shouldStart: ['dbus'],
    });
  });
  test('has the edit in the override where that is what counts', () => {
    const { script, text } = mendScript('a');
    const path = '/etc/insserv/overrides/a';
    const over = { ...script, fields: script.fields.map((field) => ({ ...field, file: path })) };
    const image = {
      ...mendImage({}),
      scripts: [over],
      texts: new Map([
        ['/etc/init.d/a', text],
        [path, text],
      ]),
    };
    const files = editFiles(image, [{ script: 'a', key: 'X-Ready', value: 'notify' }]);
    expect(files.map((file) => file.path)).toEqual([path]);
    expect(overrideOf(files)).toBeUndefined();
  });
  test('gives a whole header as an override', () => {
    const files = editFiles(mendImage({ a: ['# Required-Start: b'] }), [{ script: 'a', key: 'Required-Start', value: 'b c' }]);
    const override = overrideOf(files);
    expect(override?.path).toBe('/etc/insserv/overrides/a');
    expect(scriptOf('a', override?.text ?? '').header).toEqual(scriptOf('a', files[0]?.after ?? '').header);
    expect(override?.text).toMatch(/^### BEGIN INIT INFO\n(.*\n)*# Required-Start: b c\n### END INIT INFO\n$/);
  });
});
