import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startMachine } from './machine.ts';

const HASH = '$6$SECRETsalt$SECRETSECRETSECRETSECRET';
const KEY = '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAASECRET\n-----END OPENSSH PRIVATE KEY-----\n';

test('lifeboot report packs what a bug report needs, without any of the secrets that lie about', async () => {
  const lab = mkdtempSync(join(tmpdir(), 'lifeboot-report-'));
  await using machine = await startMachine({
    cmdline: 'rd.luks.key=/SECRET app.password=SECRET',
    scripts: { one: `echo 'db password: SECRET'; echo 'url https://ann:SECRET@example.org'`, two: 'ip link set lo up; false' },
    links: ['rcS.d/S01one', 'rc2.d/S01two'],
    files: {
      '/etc/lifeboot/authorized_keys':
        'environment="X=SECRET" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ7LbGRsn9ZuTQnQF0DmZ1FFdUHYAXMzPlpC4cw8tBqy SECRET@home\n',
      '/etc/lifeboot/lifeboot.toml': '# the token = SECRET\n[fsck]\nmode = "auto"\n',
      '/etc/lifeboot/ssh_host_ed25519_key': KEY,
      '/etc/shadow': `root:${HASH}:1:0:99999:7:::\n`,
      '/etc/network/interfaces': 'iface wlan0 inet dhcp\n  wpa-psk SECRET\n',
      '/root/.ssh/id_ed25519': KEY,
    },
  });
  try {
    await machine.expect(/verdict boot: bad/);
    machine.inside('API_TOKEN=SECRET sh -c "sleep 300" run --password SECRET >/dev/null 2>&1 & ');
    machine.inside(`printf '%s\\n' '{"subject":"x","data":{"token":"SECRET"}}' '${HASH}' >>/run/lifeboot/events.ndjson`);
    machine.inside(`mkdir -p /run/lifeboot/sessions; echo SECRET >/run/lifeboot/sessions/1.cast`);

    const made = machine.ssh('lifeboot report', 60_000);
    expect(made.code).toBe(0);
    const file = made.stdout.trim();
    expect(file).toMatch(/^\/run\/lifeboot\/lifeboot-report-[\w.-]+-\d{8}T\d{6}Z\.tar\.zst$/);
    expect(machine.inside(`stat -c %a ${file}`)).toBe('600\n');

    // As one does it from afar, with both agents dead from here on.
    machine.inside('lifeboot report - >/run/piped');
    machine.killAgent('boot');
    machine.inside(`for keep in /run/lifeboot/keep.*; do kill -STOP "$(cat $keep)"; done`);
    machine.killAgent('boot');
    machine.killAgent('rescue');
    machine.inside('cd /; lifeboot report /run/dead', 60_000);
    for (const name of [file, '/run/piped', '/run/dead']) {
      const bytes = execFileSync('base64', ['-d'], { input: machine.inside(`base64 ${name}`), maxBuffer: 64 * 1024 * 1024 });
      const place = join(lab, name.replaceAll('/', '_'));
      mkdirSync(place);
      writeFileSync(join(place, 'r.tar.zst'), bytes);
      execFileSync('tar', ['--zstd', '-xf', 'r.tar.zst', '--strip-components=1'], { cwd: place });
      const texts = (
        readdirSync(place, { recursive: true, withFileTypes: true }) as { isFile(): boolean; parentPath: string; name: string }[]
      )
        .filter((entry) => entry.isFile() && entry.name !== 'r.tar.zst')
        .map((entry) => join(entry.parentPath, entry.name).slice(place.length + 1));
      const manifest = JSON.parse(readFileSync(join(place, 'manifest.json'), 'utf8'));
      expect(manifest.notRead).toEqual([]);
      expect(texts).toEqual(
        expect.arrayContaining([
          ...['manifest.json', 'lifeboot/events.ndjson', 'lifeboot/state.json', 'lifeboot/rescue.json', 'lifeboot/scripts/one.start'],
          ...['kernel/cmdline', 'kernel/mountinfo', 'kernel/dmesg.txt', 'disks/lsblk.txt', 'network/address.json', 'network/ss.txt'],
          ...[
            'processes/ps.txt',
            'config/etc/lifeboot/lifeboot.toml',
            'config/etc/lifeboot/authorized_keys.fingerprints',
            'lifeboot/sbom.cdx.json',
          ],
        ]),
      );
      expect(texts.filter((text) => readFileSync(join(place, text), 'utf8').includes('SECRET'))).toEqual([]);
      expect(manifest.neverCollected.length).toBeGreaterThan(3);
      expect(manifest.files.find((entry: { file: string }) => entry.file === 'kernel/cmdline')).toMatchObject({ secretsLeftOut: 2 });
    }
  } finally {
    rmSync(lab, { recursive: true, force: true });
  }
});
