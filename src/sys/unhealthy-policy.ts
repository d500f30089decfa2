/** What a script that is unhealthy after the boot gets: `restart`; `degrade` only shows it; `ignore` only tells of it. */
export const unhealthyPolicies = ['restart', 'degrade', 'ignore'] as const;
export type OnUnhealthy = (typeof unhealthyPolicies)[number];
