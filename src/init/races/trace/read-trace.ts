/** Reads a trace from its file, compressed or not, without ever having all of its text in memory. */
import { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';
import type { Sys } from '../../../sys/sys.ts';
import { openTraceParser, type ParsedTrace } from './parse-trace.ts';

const CHUNK_BYTES = 1 << 20;

/** Throws SysError for a file that cannot be read; one that is no trace, or lacks events, is a problem. A cut file counts as far as it goes. */
export async function readTrace(sys: Sys, file: string): Promise<ParsedTrace> {
  const bytes = await sys.readBytes(file);
  if (bytes === undefined) return { ok: false, problem: { file, value: file, message: 'does not exist', accepted: 'a trace of lifeboot' } };
  const parser = openTraceParser(file);
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const push = (text: string): void => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) parser.push(line);
  };
  try {
    for await (const chunk of plainChunks(bytes)) push(decoder.write(chunk));
  } catch (error) {
    // zlib(3): the end of the compressed data is missing. What came before it is whole.
    if (!(error instanceof Error && 'code' in error && error.code === 'Z_BUF_ERROR')) {
      const message = `cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`;
      return { ok: false, problem: { file, value: file, message, accepted: 'a trace as lifeboot wrote it' } };
    }
  }
  push(decoder.end());
  if (rest !== '') parser.push(rest);
  return parser.end();
}

function plainChunks(bytes: Buffer): AsyncIterable<Buffer> {
  const isCompressed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const chunks = Readable.from(chunksOf(bytes), { objectMode: false });
  return isCompressed ? chunks.pipe(createGunzip({ chunkSize: CHUNK_BYTES })) : chunks;
}

function* chunksOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
}
