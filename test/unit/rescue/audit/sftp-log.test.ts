import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseScpCommand } from '../../../../src/rescue/audit/scp-command.ts';
import { parseSftpLog } from '../../../../src/rescue/audit/sftp-log.ts';

describe('parseSftpLog()', () => {
  // What sftp-server of OpenSSH 9.2 wrote to standard error with -e -l INFO.
  test.each([
    ['open "/root/a" flags READ mode 0666', { action: 'open', path: '/root/a', flags: 'READ', what: 'mode 0666' }],
    [
      'open "/root/a" flags WRITE,CREATE,TRUNCATE mode 0755',
      { action: 'open', path: '/root/a', flags: 'WRITE,CREATE,TRUNCATE', what: 'mode 0755' },
    ],
    ['close "/root/a" bytes read 49 written 0', { action: 'close', path: '/root/a', bytesRead: 49, bytesWritten: 0 }],
    [
      'forced close "/root/a" bytes read 0 written 32768',
      { action: 'close', path: '/root/a', bytesRead: 0, bytesWritten: 32768, forced: true },
    ],
    ['opendir "/root"', { action: 'list', path: '/root' }],
    ['mkdir name "/root/d" mode 0777', { action: 'mkdir', path: '/root/d', what: 'mode 0777' }],
    ['rmdir name "/root/d"', { action: 'rmdir', path: '/root/d' }],
    ['remove name "/root/l"', { action: 'remove', path: '/root/l' }],
    ['posix-rename old "/root/h" new "/root/we ird"', { action: 'rename', path: '/root/h', to: '/root/we ird' }],
    ['rename old "/root/h" new "/root/i"', { action: 'rename', path: '/root/h', to: '/root/i' }],
    ['symlink old "d/c" new "/root/l"', { action: 'symlink', path: 'd/c', to: '/root/l' }],
    ['hardlink old "/root/d/c" new "/root/h"', { action: 'hardlink', path: '/root/d/c', to: '/root/h' }],
    ['set "/root/c" mode 0600', { action: 'set', path: '/root/c', what: 'mode 0600' }],
    ['set "/root/c" owner 0 group 0', { action: 'set', path: '/root/c', what: 'owner 0 group 0' }],
    ['set "/root/c" modtime 20261124-18:37:52', { action: 'set', path: '/root/c', what: 'modtime 20261124-18:37:52' }],
    ['set "/root/c" size 10', { action: 'set', path: '/root/c', what: 'size 10' }],
    ['sent status Permission denied', { action: 'answered', what: 'Permission denied' }],
    ['open "/root/quo"te" flags READ mode 0666', { action: 'open', path: '/root/quo"te', flags: 'READ', what: 'mode 0666' }],
    ['mkdir name "/root/a\tb\\303\\251" mode 0777', { action: 'mkdir', path: '/root/a\tbé', what: 'mode 0777' }],
    ['remove name "/root/back\\\\slash\\033[2J"', { action: 'remove', path: '/root/back\\slash\x1b[2J' }],
    ['refused open request in read-only mode', { action: 'other', what: 'refused open request in read-only mode' }],
  ])('reads %s', (line, action) => {
    expect(parseSftpLog(line)).toEqual(action);
  });

  test.each([
    'session opened for local user root from [10.0.0.7]',
    'session closed for local user root from [UNKNOWN]',
    'closedir "/root"',
    '',
  ])('has no action for %j', (line) => {
    expect(parseSftpLog(line)).toBeUndefined();
  });

  test('loses nothing of a name, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const bytes = [...Buffer.from(name)];
        const logged = bytes.map((byte) =>
          byte === 0x5c ? '\\\\' : byte > 0x7e || byte < 0x20 ? `\\${byte.toString(8).padStart(3, '0')}` : String.fromCharCode(byte),
        );
        expect(parseSftpLog(`remove name "${logged.join('')}"`)?.path).toBe(Buffer.from(bytes).toString());
      }),
    );
  });
});

describe('parseScpCommand()', () => {
  test.each([
    ['scp -t /root', { action: 'scp-write', path: '/root' }],
    ['scp -v -r -p -d -t -- "/root/a b"', { action: 'scp-write', path: '"/root/a b"' }],
    ['/usr/bin/scp -f /etc/motd', { action: 'scp-read', path: '/etc/motd' }],
    ['scp -prf x', { action: 'scp-read', path: 'x' }],
    ['scp a b:', undefined],
    ['tscp -t x', undefined],
    ['echo scp -t x', undefined],
    ['', undefined],
  ])('reads %j', (command, copies) => {
    expect(parseScpCommand(command)).toEqual(copies);
  });
});
