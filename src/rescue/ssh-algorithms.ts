/** What the rescue sshd negotiates: the modern subset that OpenSSH, dropbear, PuTTY and paramiko all have. */
import type { Algorithms } from 'ssh2';

/**
 * No SHA-1, no CBC, no compression before login, and "strict kex", which ssh2 adds itself. No finite-field Diffie-Hellman: one
 * group18 exchange would stop every other session for seconds on a slow machine. No NIST curves: each of these clients has
 * curve25519, and one that may not use it takes no ed25519 host key either. No chacha20-poly1305: ssh2 computes it
 * in JavaScript, and OpenSSH would prefer it to AES-GCM, which is native. `hmac-sha2-256` is for dropbear's client, which has
 * nothing better besides. No post-quantum exchange: ssh2 1.17.0 has none, and no place to put one.
 */
export const sshAlgorithms: Algorithms = {
  kex: ['curve25519-sha256', 'curve25519-sha256@libssh.org'],
  serverHostKey: ['ssh-ed25519'],
  cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes192-ctr', 'aes256-ctr'],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256'],
  compress: ['none'],
};
