/** What critical options and extensions of a user certificate demand and leave: PROTOCOL.certkeys, sshauthopt_from_cert of OpenSSH. */
import { type AddressPattern, parseNetworks } from './address-patterns.ts';
import type { Certificate, CertificateField } from './certificate.ts';
import { type Fault, isFault } from './fault.ts';
import { type KeyOptions, noOptions } from './key-options.ts';
import { readWire } from './wire-reader.ts';

const nothing: KeyOptions = { ...noOptions, permissions: { pty: false, forwarding: false, environment: {} } };

/** An unknown critical option is a fault, an unknown extension is nothing. A fault goes on after "the certificate …". Never throws. */
export function certificateOptions({ criticalOptions, extensions }: Certificate): KeyOptions | Fault {
  let options = nothing;
  const seen = new Set<string>();
  for (const field of criticalOptions) {
    if (seen.has(field.name)) return { fault: `has more than one ${field.name}` };
    seen.add(field.name);
    const next = applyCritical(options, field);
    if (isFault(next)) return next;
    options = next;
  }
  for (const { name, data } of extensions) {
    const change = extend(options, name);
    if (change !== options && data.length > 0) return { fault: `has data in its extension ${name}` };
    options = change;
  }
  return options;
}

function applyCritical(options: KeyOptions, { name, data }: CertificateField): KeyOptions | Fault {
  switch (name) {
    case 'force-command': {
      const command = readOnlyText(data);
      if (command === undefined) return { fault: 'has a broken force-command' };
      return { ...options, permissions: { ...options.permissions, command } };
    }
    case 'source-address': {
      const from = readNetworks(data);
      return isFault(from) ? { fault: `has a broken source-address: ${from.fault}` } : { ...options, from };
    }
    case 'verify-required':
      return data.length === 0 ? { ...options, verifyRequired: true } : { fault: 'has data in verify-required' };
    default:
      return { fault: `has a critical option this sshd does not know: ${JSON.stringify(name.slice(0, 60))}` };
  }
}

function extend(options: KeyOptions, name: string): KeyOptions {
  switch (name) {
    case 'permit-pty':
      return { ...options, permissions: { ...options.permissions, pty: true } };
    case 'permit-port-forwarding':
      return { ...options, permissions: { ...options.permissions, forwarding: true } };
    case 'no-touch-required':
      return { ...options, touchRequired: false };
    default:
      return options;
  }
}

function readNetworks(data: Buffer): readonly AddressPattern[] | Fault {
  const text = readOnlyText(data);
  return text === undefined ? { fault: 'it is no text' } : parseNetworks(text);
}

function readOnlyText(data: Buffer): string | undefined {
  const reader = readWire(data);
  const text = reader.text();
  return reader.ok && reader.left === 0 ? text : undefined;
}
