/** What one client, one source and all of them together may take of the door. */

export interface Limits {
  /** sshd_config(5) LoginGraceTime. */
  readonly loginGraceMs: number;
  /** MaxStartups, but who goes is not thrown dice for: see startups.ts. */
  readonly maxStartups: number;
  readonly maxAuthTries: number;
  readonly maxSessions: number;
  readonly maxConnections: number;
  /** UnusedConnectionTimeout: how long a connection may stand without any channel; 0 is for ever. */
  readonly unusedMs: number;
  /** ClientAliveInterval and ClientAliveCountMax: an unplugged cable or a network hand-over is survived for their product. */
  readonly aliveIntervalMs: number;
  readonly aliveCountMax: number;
  /** PerSourcePenalties "max"; 0 switches penalties off. */
  readonly penaltyMs: number;
}
