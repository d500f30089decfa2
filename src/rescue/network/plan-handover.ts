/** Decides for each link what becomes of our addresses when the machine's own networking starts. Pure. */
import type { CommandLine } from '../../sys/cmdline.ts';
import type { Config } from '../../sys/config.ts';
import type { HandoverPolicy, LinkPolicy } from '../../sys/handover-policy.ts';
import type { NetworkSetting } from '../../sys/network-setting.ts';
import type { LinkFacts } from './network-facts.ts';

export interface HandoverSettings {
  /** `lifeboot.handover=` of the kernel command line. */
  readonly words: readonly LinkPolicy[];
  readonly entries: readonly Pick<NetworkSetting, 'interface' | 'mac' | 'handover'>[];
  /** `[rescue] network_handover`. */
  readonly fallback: HandoverPolicy;
}

export interface HandoverFacts {
  /** Links that hold something of ours. */
  readonly devices: readonly string[];
  readonly links: readonly LinkFacts[];
  /** Bonds, bridges and VLANs that rescue made. */
  readonly made?: readonly string[];
  /** The initscript or unit that is about to start; absent: nobody said. */
  readonly script?: string;
}

export interface Decision {
  readonly device: string;
  readonly policy: HandoverPolicy;
  /** Who decided: a sentence for the log. */
  readonly why: string;
}

/** These take a link that has an address for somebody else's, and leave it alone. */
const shyManagers: readonly string[] = ['NetworkManager', 'network-manager', 'connman', 'wicd'];

export function handoverSettings(cmdline: CommandLine, config: Pick<Config, 'network' | 'rescue'>): HandoverSettings {
  return { words: cmdline.handover ?? [], entries: config.network, fallback: config.rescue.network_handover };
}

/** One decision for each link that holds something of ours: kernel word, then `[[network]]`, then `[rescue] network_handover`. */
export function planHandover({ devices, links, script, made = [] }: HandoverFacts, settings: HandoverSettings): readonly Decision[] {
  return devices.map((device) => {
    const link = links.find((each) => each.name === device);
    const { policy, why } = wishedPolicy(device, link, settings);
    if (policy === 'adopt' && made.includes(device)) {
      return { device, policy: 'release', why: `rescue made ${device}, and the machine makes its own; adopt was asked for by ${why}` };
    }
    if (policy !== 'adopt' || script === undefined || !shyManagers.includes(script)) return { device, policy, why };
    return { device, policy: 'release', why: `${script} leaves a link alone that has an address; adopt was asked for by ${why}` };
  });
}

function wishedPolicy(device: string, link: LinkFacts | undefined, settings: HandoverSettings): Omit<Decision, 'device'> {
  // Of two words for one link the later counts, as everywhere on the kernel command line.
  const word = settings.words.findLast((each) => each.device === device) ?? settings.words.findLast((each) => each.device === '*');
  if (word !== undefined) return { policy: word.policy, why: 'lifeboot.handover' };
  const entry = settings.entries.find((each) => each.interface === device || (each.mac !== undefined && each.mac === link?.mac));
  if (entry?.handover !== undefined) return { policy: entry.handover, why: '[[network]] handover' };
  return { policy: settings.fallback, why: '[rescue] network_handover' };
}
