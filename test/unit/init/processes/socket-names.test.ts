import { expect, test } from 'vitest';
import { parseEndpoint, parseSockets } from '../../../../src/init/processes/socket-names.ts';

test.each([
  ['0100007F:1F90', '127.0.0.1:8080'],
  ['0F02000A:0016', '10.0.2.15:22'],
  ['00000000000000000000000000000000:0016', '[::]:22'],
  ['00000000000000000000000001000000:0050', '[::1]:80'],
  ['000080FE00000000FF0050561234B0FE:0203', '[fe80::5650:ff:feb0:3412]:515'],
  ['B80D0120000000000000000001000000:01BB', '[2001:db8::1]:443'],
])('parseEndpoint() reads %s', (text, shown) => {
  expect(parseEndpoint(text)).toBe(shown);
});

test('parseSockets() names sockets by their inode', () => {
  const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
  const row = (local: string, remote: string, state: string, inode: number) =>
    `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0000000000000000 100 0 0 10 0\n`;
  const sockets = parseSockets({
    tcp: head + row('0F02000A:9C40', '0202000A:0801', '01', 11) + row('00000000:0016', '00000000:0000', '0A', 12),
    tcp6: head + row('00000000000000000000000000000000:0016', '00000000000000000000000000000000:0000', '0A', 13),
    udp: head + row('0100007F:0035', '00000000:0000', '07', 14),
    udp6: '',
    unix:
      'Num       RefCount Protocol Flags    Type St Inode Path\n' +
      '0000000000000000: 00000002 00000000 00010000 0001 01 15 /run/a b.sock\n0000000000000000: 00000003 00000000 00000000 0001 03 16\n',
  });
  expect([...sockets]).toEqual([
    ['11', 'tcp 10.0.2.15:40000 to 10.0.2.2:2049, established'],
    ['12', 'tcp 0.0.0.0:22, listens'],
    ['13', 'tcp6 [::]:22, listens'],
    ['14', 'udp 127.0.0.1:53'],
    ['15', 'unix /run/a b.sock'],
    ['16', 'unix'],
  ]);
});
