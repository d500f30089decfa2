import { describe, expect, test } from 'vitest';
import { analyse } from '../../../../../src/init/races/model/analyse.ts';
import { type Actor, boot, errno } from './boot.ts';

type Two = (cleaner: Actor, maker: Actor) => void;
type Does = (script: Actor) => Actor;
const found = (...boots: readonly Two[]) =>
  analyse(boots.map((two) => boot((begin) => two(begin('t1', 'a'), begin('t1', 'b'))))).findings.map(({ type }) => type);
const FILE = '/var/cache/covers/today';

/** `find /var/cache/covers -mtime +30 -delete` */
const cleans =
  (does: Does): Does =>
  (script) =>
    script.run('find', (find) => {
      find.call('open', { path: '/var/cache/covers', flags: 0o200000, result: 3 }).call('list', { fd: 3, result: 0 });
      does(find);
    });
const makes: Does = (script) => script.write(FILE, true);
const nothing: Does = (script) => script;
const spares: Does = (find) => find.look(FILE);
const boots = (does: Does): readonly Two[] => [
  (cleaner, maker) => void [cleans(nothing)(cleaner).exit(), makes(maker).exit()],
  (cleaner, maker) => void [makes(maker).exit(), cleans(does)(cleaner).exit()],
];

describe('a cleaner', () => {
  test('harms nobody whose new file it has seen and let alone', () => {
    expect(found(...boots(spares))).toEqual([]);
  });
  test('that has not seen the file may take it', () => {
    expect(found(...boots(spares).slice(0, 1))).toEqual(['T2']);
  });
  test('that takes it in some boot may take it', () => {
    expect(found(...boots(spares), ...boots((find) => spares(find).unlink(FILE)))).toContain('T2');
  });
  test('that has seen an older one may take the new one', () => {
    const older: Two = (cleaner, maker) => void [cleans(spares)(cleaner).exit(), maker.write(FILE, false).exit()];
    expect(found(...boots(spares).slice(0, 1), older)).toContain('T2');
  });
  test('that reads the file may decide by what is in it', () => {
    expect(found(...boots((find) => spares(find).read(FILE)))).toContain('T1');
  });
  test('that looks where a new link leads has seen the link, and may take it as any other', () => {
    const links: Does = (script) => script.call('symlink', { path: FILE, toPath: '/usr/share/covers/today' });
    const linked = (does: Does): readonly Two[] => [
      (cleaner, maker) => void [cleans(nothing)(cleaner).exit(), links(maker).exit()],
      (cleaner, maker) => void [links(maker).exit(), cleans(does)(cleaner).exit()],
    ];
    expect(found(...linked(spares))).toEqual([]);
    expect(found(...linked((find) => spares(find).unlink(FILE)))).toContain('T2');
    const asks: Two = (cleaner, maker) => void [cleans(nothing)(cleaner).look(FILE, errno.ENOENT).exit(), links(maker).exit()];
    expect(found(...linked(spares), asks)).toEqual(['T1']);
  });
});
