/** How long the rescue network waits for what before it says so and tries the next: `[network_timeouts]`, `rd.net.timeout.*`. */
import type { Settings } from './settings.ts';

/** Seconds, but for `dhcp_retry`. */
export type NetworkTimeouts = Settings['network_timeouts'];
