/** T8: a port or a pid that depends on how many processes ran before, and somebody who must have that very one. */
import { hostsOverlap, parseInet } from './address.ts';
import type { Candidate } from './candidate.ts';
import type { Order } from './happens-before.ts';
import type { Digest } from './object-use.ts';
import type { Process } from './process-table.ts';
import type { ChanceBind } from './scene.ts';

interface Range {
  readonly from: number;
  readonly to: number;
}

/** bindresvport(3) begins at 600 + pid % 424 and goes on to 1023. */
const RESERVED: Range = { from: 512, to: 1023 };
const FIRST = 600;
const SLOTS = 424;
/** ip(7): ip_local_port_range, as the kernel comes. */
const EPHEMERAL: Range = { from: 32_768, to: 60_999 };

export function findLotteries(digest: Digest, others: readonly Digest[]): readonly Candidate[] {
  return [...portLotteries(digest, others), ...pidLotteries(digest)];
}

/** A port drawn by the one, and a fixed one of another script within what could have been drawn. */
function portLotteries(digest: Digest, others: readonly Digest[]): readonly Candidate[] {
  const { walked, trace, scriptOf } = digest;
  const { binds } = walked.scene;
  const candidates: Candidate[] = [];
  const drawn = binds.flatMap((bind) => {
    const range = rangeOf(bind, digest, others);
    return range === undefined ? [] : [{ bind, range }];
  });
  const isDrawn = new Set(drawn.map(({ bind }) => bind));
  for (const { bind, range } of drawn) {
    const mine = parseInet(bind.address);
    for (const other of binds) {
      const theirs = parseInet(other.address);
      if (other.script === bind.script || other.script < 0 || isDrawn.has(other) || mine === undefined || theirs === undefined) continue;
      if (range === EPHEMERAL && !isFixed(other, digest, others)) continue;
      if (other.net !== bind.net || theirs.protocol !== mine.protocol || theirs.port < range.from || theirs.port > range.to) continue;
      if (!hostsOverlap(mine.host, theirs.host) || isBefore(walked.order, other, bind)) continue;
      const text = `port ${mine.protocol}:${theirs.port}${bind.net.label === '' ? '' : ` [${bind.net.label}]`}`;
      const [first, second] = bind.tick < other.tick ? [bind, other] : [other, bind];
      const seen = (each: ChanceBind) => ({ trace, script: scriptOf(each.script), tick: each.tick });
      candidates.push({
        type: 'T8',
        object: text,
        stableObject: text,
        first: seen(first),
        second: seen(second),
        weight: isBefore(walked.order, bind, other) ? 0.7 : 1,
      });
    }
  }
  return candidates;
}

function rangeOf(bind: ChanceBind, digest: Digest, others: readonly Digest[]): Range | undefined {
  const { binds } = digest.walked.scene;
  const inet = parseInet(bind.address);
  if (inet === undefined || bind.script < 0) return undefined;
  if (inet.port === 0) return EPHEMERAL;
  if (
    inet.port >= FIRST &&
    inet.port <= RESERVED.to &&
    (pidsOf(bind.process).some((pid) => FIRST + (pid % SLOTS) === inet.port) || probes(bind, binds))
  ) {
    return RESERVED;
  }
  return varies(bind, digest.scriptOf(bind.script), others);
}

/** It has that port in every boot. Of one boot alone nobody knows whether it is not drawn, too. */
function isFixed({ script, address, net }: ChanceBind, digest: Digest, others: readonly Digest[]): boolean {
  const owner = digest.scriptOf(script);
  if (others.length === 0) return false;
  return others.every(({ walked, scriptOf }) =>
    walked.scene.binds.some(
      (bind) => bind.script >= 0 && scriptOf(bind.script) === owner && bind.address === address && bind.net.label === net.label,
    ),
  );
}

/** The process, or the shell that reckoned for it. */
function pidsOf(process: Process): readonly number[] {
  const pids: number[] = [];
  for (let each: Process | undefined = process; each !== undefined && each.script === process.script; each = each.parent)
    pids.push(each.pid);
  return pids;
}

/** The port before was taken, so it took the next one. */
const probes = (bind: ChanceBind, binds: readonly ChanceBind[]): boolean =>
  binds.some(
    (other) =>
      other.process === bind.process && !other.worked && (parseInet(other.address)?.port ?? 0) + 1 === parseInet(bind.address)?.port,
  );

/** The same program of the same script had another port in another boot. */
function varies({ address: mine, process: { comm }, file }: ChanceBind, owner: number, others: readonly Digest[]): Range | undefined {
  const port = parseInet(mine)?.port ?? 0;
  const ports = others.flatMap(({ walked, scriptOf }) =>
    walked.scene.binds
      .filter((each) => each.script >= 0 && scriptOf(each.script) === owner && each.process.comm === comm && each.file?.type === file?.type)
      .map(({ address }) => parseInet(address)?.port ?? 0),
  );
  const isSingle = ports.length === others.length;
  const all = [...ports, port];
  if (!isSingle || new Set(all).size < 2) return undefined;
  const range = { from: Math.min(...all), to: Math.max(...all) };
  return range.from >= RESERVED.from && range.to <= RESERVED.to ? RESERVED : range;
}

interface Placed {
  readonly segment: number;
}

/** Who has its port before the draw keeps it. */
const isBefore = (order: Order, a: Placed, b: Placed): boolean =>
  order.ordered(order.before[a.segment] as number, order.behind[b.segment] as number);

/** A pid out of a file of an earlier boot: whoever has it now gets the signal. */
function pidLotteries({ walked, trace, scriptOf }: Digest): readonly Candidate[] {
  const { scene, actors, stages } = walked;
  return scene.stalePids.flatMap((chance) => {
    const nearest = nearestPid(actors, chance.pid, chance.script, (script) => stages[script]?.stage === stages[chance.script]?.stage);
    if (nearest === undefined) return [];
    const pair = [
      { trace, script: scriptOf(nearest.script), tick: nearest.tick },
      { trace, script: scriptOf(chance.script), tick: chance.tick },
    ] as const;
    const [first, second] = pair[0].tick < pair[1].tick ? pair : [pair[1], pair[0]];
    return [
      {
        type: 'T8' as const,
        object: `pid ${chance.pid}`,
        stableObject: 'pid of an earlier boot',
        first,
        second,
        weight: nearest.distance === 0 ? 1 : 0.8,
      },
    ];
  });
}

interface Near {
  readonly script: number;
  readonly tick: number;
  readonly distance: number;
}

function nearestPid(
  actors: readonly (Process | undefined)[],
  pid: number,
  own: number,
  isPeer: (script: number) => boolean,
): Near | undefined {
  let best: Near | undefined;
  actors.forEach((actor, tick) => {
    if (actor === undefined || actor.script === own || !isPeer(actor.script)) return;
    const distance = Math.abs(actor.pid - pid);
    if (best === undefined || distance < best.distance) best = { script: actor.script, tick, distance };
  });
  return best;
}
