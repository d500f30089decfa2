/** Writes sysvinit's `struct init_request` as telinit and shutdown do, for tests. */

export interface RequestFields {
  readonly magic?: number;
  readonly command: number;
  readonly runlevel?: string;
  readonly sleepSeconds?: number;
  readonly data?: string;
}

export function initRequestBytes({ magic = 0x03091969, command, runlevel = '\0', sleepSeconds = 0, data = '' }: RequestFields): Buffer {
  const bytes = Buffer.alloc(384);
  bytes.writeInt32LE(magic, 0);
  bytes.writeInt32LE(command, 4);
  bytes.writeInt32LE(runlevel.charCodeAt(0), 8);
  bytes.writeInt32LE(sleepSeconds, 12);
  bytes.write(data, 16, 'utf8');
  return bytes;
}
