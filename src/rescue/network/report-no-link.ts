/** A machine without any link that could carry rescue says so, instead of saying nothing. */
import { emit } from '../../sys/events.ts';
import type { Sys } from '../../sys/sys.ts';
import type { LinkFacts } from './network-facts.ts';
import type { NetworkWatch } from './network-watch.ts';

const NO_LINK_MS = 5_000;

interface NoLinkContext {
  readonly sys: Sys;
  readonly watch: NetworkWatch;
  readonly signal: AbortSignal;
  trouble(name: string, text: string | undefined): void;
}

/** Waits for one for a while, says that there is none, and takes that back when one comes. */
export async function reportNoLink(context: NoLinkContext): Promise<void> {
  const { sys, watch, signal } = context;
  // On a slow machine the first look at the links may take longer than the wait for one.
  if ((await watch.until((links) => links[0])) === undefined) return;
  const anyCandidate = (links: readonly LinkFacts[]) => links.find((link) => link.isCandidate);
  if ((await watch.until(anyCandidate, NO_LINK_MS)) !== undefined || signal.aborted) return;
  context.trouble('none', 'no network interface');
  await emit(sys, { subject: 'network', name: 'none', what: 'failed', detail: 'no network interface' });
  if ((await watch.until(anyCandidate)) !== undefined) context.trouble('none', undefined);
}
