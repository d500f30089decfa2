/** Libraries that are left out, with their names and symbols made up for, so that what is linked with them starts all the same. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

/** A library of which only the name and the symbols are there. */
export interface AbsentLibrary {
  readonly soname: string;
  /** The version its symbols are asked for. */
  readonly symbolVersion: string;
  /** What cannot be done without it. */
  readonly lost: string;
  /** Functions that are called in any case, and what they return: NULL, or this text. */
  readonly answers: Readonly<Record<string, 'null' | (string & {})>>;
  /** Functions that end the program with a word. */
  readonly refuses: readonly string[];
}

/**
 * Libraries that a program is linked with for something nobody does in a rescue shell, at 4.5 MiB (libcrypto), 3 MiB (libdbus and
 * libsystemd) and 2 MiB (libtirpc and Kerberos). In their place stands one of the same name made at build time.
 * The test that runs every program notices when a new version asks for more.
 */
export const absentLibraries: readonly AbsentLibrary[] = [
  {
    soname: 'libcrypto.so.3',
    symbolVersion: 'OPENSSL_3.0.0',
    lost: 'tcpdump -E and -M: decrypting ESP, checking TCP-MD5',
    answers: { OPENSSL_init_crypto: 'null', OBJ_NAME_add: 'null', OpenSSL_version: 'not in the toolbox' },
    refuses: [
      ...['EVP_CIPHER_CTX_free', 'EVP_CIPHER_CTX_get_block_size', 'EVP_CIPHER_CTX_new', 'EVP_CIPHER_CTX_set_padding'],
      ...['EVP_CIPHER_get_iv_length', 'EVP_DecryptInit_ex', 'EVP_DecryptUpdate', 'EVP_get_cipherbyname'],
      ...['MD5_Init', 'MD5_Update', 'MD5_Final'],
    ],
  },
  {
    soname: 'libdbus-1.so.3',
    symbolVersion: 'LIBDBUS_1_3',
    lost: 'tcpdump -i dbus-system: listening to D-Bus',
    answers: {},
    refuses: [
      ...['dbus_bus_add_match', 'dbus_bus_get', 'dbus_bus_register', 'dbus_connection_flush', 'dbus_connection_open'],
      ...['dbus_connection_pop_message', 'dbus_connection_read_write', 'dbus_connection_send'],
      ...['dbus_connection_set_max_received_size', 'dbus_connection_unref', 'dbus_error_free', 'dbus_error_is_set'],
      ...['dbus_free', 'dbus_message_demarshal', 'dbus_message_is_signal', 'dbus_message_marshal', 'dbus_message_unref'],
    ],
  },
  {
    soname: 'libtirpc.so.3',
    symbolVersion: 'TIRPC_0.3.0',
    lost: 'ss without -n: names of RPC programs',
    answers: { clnt_vc_create: 'null', xdr_rpcblist_ptr: 'null', xdr_void: 'null' },
    refuses: [],
  },
];

/** The C text of one. It uses no library itself: _exit and write are system calls (syscalls(2), x86-64). */
export function absentSource({ soname, answers, refuses, lost }: AbsentLibrary): string {
  const said = JSON.stringify(`${soname} is not in the toolbox (lost: ${lost})\n`);
  const returns = (value: string): string => (value === 'null' ? '0' : JSON.stringify(value));
  return `static const char said[] = ${said};
static long call(long number, long a, long b, long c) {
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
  return result;
}
static void *refuse(void) {
  call(1, 2, (long)said, sizeof said - 1);
  for (;;) call(231, 1, 0, 0);
}
${Object.entries(answers)
  .map(([name, value]) => `const void *${name}(void) { return ${returns(value)}; }`)
  .join('\n')}
${refuses.map((name) => `void *${name}(void) { return refuse(); }`).join('\n')}
`;
}

/** Compiles it to `to`. The same bytes wherever it is built. */
export async function makeAbsentLibrary(library: AbsentLibrary, to: string): Promise<void> {
  const lab = await mkdtemp(join(tmpdir(), 'lifeboot-absent-'));
  try {
    const names = [...Object.keys(library.answers), ...library.refuses].map((name) => `${name};`);
    await writeFile(join(lab, 'absent.c'), absentSource(library));
    await writeFile(join(lab, 'absent.map'), `${library.symbolVersion} { global: ${names.join(' ')} local: *; };\n`);
    const flags = ['-shared', '-fPIC', '-nostdlib', '-Os', '-s', '-fno-stack-protector', '-fno-builtin', '-ffreestanding'];
    const link = ['--build-id=none', '-z,noseparate-code', '--version-script=absent.map', `-soname,${library.soname}`];
    await execa('gcc', [...flags, ...link.map((option) => `-Wl,${option}`), 'absent.c', '-o', to], { cwd: lab });
    await chmod(to, 0o644);
  } finally {
    await rm(lab, { recursive: true, force: true });
  }
}
