/** Links that are made of other links: bonds, bridges, VLANs. What they are; network-setting.ts and the kernel words say which. */

interface Made {
  readonly name: string;
  readonly mtu?: number;
}

export interface BondLink extends Made {
  readonly kind: 'bond';
  /** Names or MACs of the links it bundles. */
  readonly members: readonly string[];
  /** As ip-link(8) takes them: `mode` → `802.3ad`; in order. */
  readonly options: readonly (readonly [name: string, value: string])[];
}

export interface BridgeLink extends Made {
  readonly kind: 'bridge';
  readonly members: readonly string[];
}

export interface VlanLink extends Made {
  readonly kind: 'vlan';
  /** Name or MAC of the link it lies on. */
  readonly parent: string;
  /** 1 to 4094. */
  readonly id: number;
}

export type VirtualLink = BondLink | BridgeLink | VlanLink;

/** The links it stands on, by name or MAC. */
export function partsOf(link: VirtualLink): readonly string[] {
  return link.kind === 'vlan' ? [link.parent] : link.members;
}
