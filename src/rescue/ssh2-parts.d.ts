/** The parts of ssh2 and node-pty that the door needs: whole packages would also load a client, agents and http at start-up. */
declare module 'ssh2/lib/server.js' {
  import { Server } from 'ssh2';
  export = Server;
}
declare module 'ssh2/lib/protocol/keyParser.js' {
  import type { ParsedKey } from 'ssh2';

  const keyParser: { parseKey: (data: Buffer | string) => ParsedKey | ParsedKey[] | Error };
  export = keyParser;
}
declare module 'ssh2/lib/protocol/crypto.js' {
  const parts: { readonly init: Promise<unknown> };
  export = parts;
}
declare module 'node-pty/lib/utils.js' {
  interface PtyAddon {
    fork(
      file: string,
      args: string[],
      env: string[],
      cwd: string,
      cols: number,
      rows: number,
      uid: number,
      gid: number,
      utf8: boolean,
      helperPath: string,
      onExit: (code: number, signal: number) => void,
    ): { fd: number; pid: number; pty: string };
    resize(fd: number, cols: number, rows: number): void;
  }
  const utils: { loadNativeModule: (name: 'pty') => { dir: string; module: PtyAddon } };
  export = utils;
}
