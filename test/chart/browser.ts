/** A headless Chromium, steered by its DevTools protocol through Node's own WebSocket: Debian's package `chromium`, nothing from npm. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

type Params = Readonly<Record<string, unknown>>;
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Params;
  readonly result?: Params;
  readonly error?: { readonly message: string };
}

export interface Page extends AsyncDisposable {
  send(method: string, params?: Params): Promise<Params>;
  /** The value of an expression in the page, as JSON carries it. */
  evaluate<T>(expression: string): Promise<T>;
  /** Addresses of everything that was asked for. */
  readonly requests: readonly string[];
}

const DEADLINE_MS = 30_000;

/** Opens a page of 1280 pixels. The caller disposes of it; the browser is gone then. */
export async function openPage(url: string, scheme: 'light' | 'dark'): Promise<Page> {
  const profile = mkdtempSync(join(tmpdir(), 'lifeboot-chromium-'));
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'];
  const browser = spawn('chromium', flags, { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => browser.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    browser.once('spawn', resolve);
    browser.once('error', (error) => reject(new Error(`${error.message}: install Debian's package chromium`)));
  });
  const port = await eventually(async () => readFileSync(join(profile, 'DevToolsActivePort'), 'utf8').split('\n')[0]);
  const target = await eventually(async () => {
    const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as readonly Readonly<Record<string, string>>[];
    return targets.find(({ type }) => type === 'page')?.['webSocketDebuggerUrl'];
  });
  const socket = new WebSocket(target);
  const waiting = new Map<number, (message: Message) => void>();
  const requests: string[] = [];
  const loaded = Promise.withResolvers<void>();
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as Message;
    if (message.id !== undefined) waiting.get(message.id)?.(message);
    const request = message.params?.['request'] as Params | undefined;
    if (message.method === 'Network.requestWillBeSent') requests.push(String(request?.['url']));
    if (message.method === 'Page.loadEventFired') loaded.resolve();
  });
  await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }));
  let last = 0;
  const send: Page['send'] = (method, params = {}) => {
    last += 1;
    const id = last;
    socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve, reject) => {
      waiting.set(id, ({ result = {}, error }) =>
        error === undefined ? resolve(result) : reject(new Error(`${method}: ${error.message}`)),
      );
    });
  };
  await send('Page.enable');
  await send('Network.enable');
  await send('Emulation.setDeviceMetricsOverride', { width: 1280, height: 900, deviceScaleFactor: 1, mobile: false });
  await send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
  await send('Page.navigate', { url });
  await loaded.promise;
  return {
    send,
    requests,
    async evaluate<T>(expression: string) {
      const { result, exceptionDetails } = await send('Runtime.evaluate', { expression, returnByValue: true });
      if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
      return (result as { readonly value: T }).value;
    },
    async [Symbol.asyncDispose]() {
      socket.close();
      browser.kill('SIGTERM');
      await ended;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Tries until there is a value. Throws what was in the way after the deadline. */
async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  const until = performance.now() + DEADLINE_MS;
  for (;;) {
    const found = await look().catch((error: Error) => error);
    if (found !== undefined && !(found instanceof Error)) return found;
    if (performance.now() > until) throw found ?? new Error('chromium does not answer');
    await new Promise((wake) => setTimeout(wake, 50));
  }
}
