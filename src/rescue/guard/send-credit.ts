/** How much may wait to be sent to one client: its windows count only as far as it reads. */
import type { Connection } from 'ssh2';
import type { Socket } from '../../sys/tcp-listener.ts';
import type { Channel, Protocol } from './ssh2-inside.ts';

interface Sending {
  readonly client: Connection;
  readonly protocol: Protocol;
  readonly socket: Socket;
  /** ssh2's own handler. */
  readonly adjust: (protocol: Protocol, recipient: number, amount: number) => void;
  readonly channelOf: (id: number) => Channel | undefined;
}

export interface SendCredit {
  /** The window to begin with, of the one that the client gave. Our number comes with it when we open the channel. */
  open(sender: number, window: number, recipient?: number): number;
  /** The client reads on. */
  adjust(recipient: number, amount: number): void;
  close(sender: number): void;
}

/** What a channel may have under way; OpenSSH's client gives as much. PuTTY's gives 2 GiB, which would all be in our memory. */
export const CREDIT_BYTES = 2 * 1024 * 1024;

/**
 * ssh2 takes whatever the client's window allows into the socket's buffer and never waits for it to drain. Here a channel gets
 * `CREDIT_BYTES` at most, and what the client allowed beyond that when the socket has sent what it has.
 */
export function createSendCredit({ client, protocol, socket, adjust, channelOf }: Sending): SendCredit {
  /** By the client's number of the channel. */
  const held = new Map<number, number>();
  /** Our number of the channel, by the client's. */
  const numbers = new Map<number, number>();
  let planned = false;

  // While keys are exchanged ssh2 queues what is to be sent.
  const mayGrow = () => protocol._kexinit === undefined && socket.writableLength < CREDIT_BYTES;

  function release(): void {
    planned = false;
    if (!mayGrow() || socket.destroyed) return;
    for (const [sender, rest] of held) {
      const recipient = numbers.get(sender);
      const channel = recipient === undefined ? undefined : channelOf(recipient);
      if (recipient === undefined || channel === undefined) continue;
      const amount = Math.min(rest, CREDIT_BYTES - channel.outgoing.window);
      if (amount <= 0) continue;
      if (amount === rest) held.delete(sender);
      else held.set(sender, rest - amount);
      grow(recipient, channel, amount);
    }
  }

  /** ssh2 forgets what a session is given before its program runs. */
  function grow(recipient: number, channel: Channel, amount: number): void {
    if (channel.push === undefined) channel.outgoing.window += amount;
    else adjust(protocol, recipient, amount);
  }

  function plan(): void {
    if (planned || held.size === 0) return;
    planned = true;
    setImmediate(release);
  }

  socket.on('drain', plan);
  client.on('rekey', plan);
  const { channelData, channelExtData, channelOpenConfirm } = protocol;
  protocol.channelData = (...args) => {
    channelData.apply(protocol, args);
    plan();
  };
  protocol.channelExtData = (...args) => {
    channelExtData.apply(protocol, args);
    plan();
  };
  protocol.channelOpenConfirm = (...args) => {
    numbers.set(args[0], args[1]);
    channelOpenConfirm.apply(protocol, args);
  };

  return {
    open(sender, window, recipient) {
      held.delete(sender);
      if (recipient !== undefined) numbers.set(sender, recipient);
      if (window > CREDIT_BYTES) held.set(sender, window - CREDIT_BYTES);
      return Math.min(window, CREDIT_BYTES);
    },
    adjust(recipient, amount) {
      const channel = channelOf(recipient);
      if (channel === undefined) return;
      const { id, window } = channel.outgoing;
      if (!held.has(id) && mayGrow() && window + amount <= CREDIT_BYTES) return grow(recipient, channel, amount);
      held.set(id, (held.get(id) ?? 0) + amount);
      plan();
    },
    close(sender) {
      held.delete(sender);
      numbers.delete(sender);
    },
  };
}
