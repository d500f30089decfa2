import { expect, test } from 'vitest';
import { readFilesystem } from '../../../../src/fsck/filesystems/filesystem.ts';
import { planMount } from '../../../../src/fsck/filesystems/mount-filesystems.ts';
import { planSwapon } from '../../../../src/fsck/filesystems/swap.ts';
import { parseFstab } from '../../../../src/fsck/fstab.ts';

function read(line: string) {
  const [entry] = parseFstab(line, '/etc/fstab').entries;
  if (entry === undefined) throw new Error(`no entry: ${line}`);
  return readFilesystem(entry, '/etc/fstab');
}
function filesystem(line: string) {
  const reading = read(line);
  if (!('filesystem' in reading)) throw new Error(reading.left);
  return reading.filesystem;
}

// fstab(5), systemd.mount(5)
test.each([
  ['/dev/sda2 / ext4 defaults 0 1', /root/],
  ['/dev/sr0 /media iso9660 ro,user,noauto 0 0', /noauto/],
  ['/dev/sdb /srv ext4 _netdev 0 2', /network/],
  ['host:/x /mnt nfs defaults 0 0', /network/],
  ['//host/x /mnt cifs defaults 0 0', /network/],
  ['me@host: /mnt fuse.sshfs defaults 0 0', /network/],
  ['/dev/sdc none ext4 defaults 0 2', /no place/],
])('readFilesystem() leaves %j', (line, why) => {
  expect(read(line)).toMatchObject({ left: expect.stringMatching(why) });
});

test.each([
  ['/dev/sdb1 /srv ext4 defaults 0 2', { kind: 'device', nofail: false, waitMs: 90_000, swap: false }],
  ['UUID=3e6be9de-8139-11d1-9106-a43f08d823a6 /srv xfs defaults,nofail 0 2', { kind: 'device', nofail: true, waitMs: 10_000 }],
  ['LABEL="a\\040b" /srv xfs defaults 0 2', { kind: 'device' }],
  ['PARTLABEL=x /srv xfs nofail,x-systemd.device-timeout=1min30s 0 2', { waitMs: 90_000 }],
  ['PARTUUID=x /srv xfs x-systemd.device-timeout=infinity 0 2', { waitMs: 3_600_000 }],
  ['/dev/x /srv xfs x-systemd.mount-timeout=5 0 2', { mountMs: 5000 }],
  ['/dev/x none swap sw,pri=5 0 0', { kind: 'device', swap: true }],
  ['/swapfile none swap sw 0 0', { kind: 'file', swap: true, needs: ['/swapfile'] }],
  ['/srv/www /var/www none bind 0 0', { kind: 'bind', needs: ['/srv/www'] }],
  ['/srv /mnt none rw,rbind 0 0', { kind: 'bind' }],
  ['tmpfs /tmp tmpfs size=10%,mode=1777 0 0', { kind: 'virtual' }],
  ['overlay /o overlay lowerdir=/a:/b,upperdir=/c/u,workdir=/c/w 0 0', { kind: 'virtual', needs: ['/a', '/b', '/c/u', '/c/w'] }],
  ['/images/x.img /x ext4 loop,ro 0 2', { kind: 'file', needs: ['/images/x.img'] }],
  ['/dev/x /x ext4 x-systemd.requires=/y,x-systemd.requires=z.service 0 2', { needs: ['/y'] }],
  ['/dev/x /usr ext4 x-initrd.mount,x-systemd.automount 0 2', { kind: 'device' }],
])('readFilesystem() reads %j', (line, wanted) => {
  expect(filesystem(line)).toMatchObject(wanted);
});

test('readFilesystem() names a span that is none, and waits as usual', () => {
  const reading = read('/dev/x /x ext4 x-systemd.device-timeout=soon 0 2');
  expect(reading).toMatchObject({ filesystem: { waitMs: 90_000 } });
  expect(reading.problems).toMatchObject([{ file: '/etc/fstab', line: 1, value: 'x-systemd.device-timeout=soon' }]);
});

test.each([
  ['sw', 'swapon /dev/x'],
  ['sw,pri=5', 'swapon -p 5 /dev/x'],
  ['discard', 'swapon --discard /dev/x'],
  ['pri=0,discard=once', 'swapon -p 0 --discard=once /dev/x'],
])('planSwapon() of %j is %j', (options, command) => {
  expect(planSwapon('/dev/x', options.split(',')).join(' ')).toBe(command);
});

test.each([
  ['LABEL=x /x ext4 noatime,nofail 0 2', 'mount -t ext4 -o noatime,nofail /dev/found /x'],
  ['/srv /x none bind,ro 0 0', 'mount -o bind,ro /dev/found /x'],
  ['/i.img /x ext4 ro 0 0', 'mount -t ext4 -o ro,loop /dev/found /x'],
  ['/i.img /x ext4 loop,ro 0 0', 'mount -t ext4 -o loop,ro /dev/found /x'],
  ['tmpfs /x tmpfs size=1m 0 0', 'mount -t tmpfs -o size=1m /dev/found /x'],
])('planMount() of %j is %j', (line, command) => {
  expect(planMount(filesystem(line), '/dev/found').join(' ')).toBe(command);
});
