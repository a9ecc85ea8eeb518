import { VptError } from "@vpt/contracts";
import type { ByteSource } from "../internal/byte-source.js";

/** Thrown when the header goes on past the bytes read so far; the file itself is long enough. */
export class NeedsMoreBytes extends Error {
  constructor(readonly end: number) {
    super(`needs ${end} bytes`);
  }
}

const utf8 = new TextDecoder("utf-8");

/** Reads a GGUF header front to back. Every length is held against the file's size before it is believed. */
export class Cursor {
  at = 0;
  private readonly view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly source: Pick<ByteSource, "name" | "size">,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** The error every malformed field ends in. */
  fail(what: string): VptError {
    return new VptError(
      `${this.source.name}: ${what} (near byte ${this.at}). The GGUF file is damaged: fetch it again.`,
    );
  }

  /** Claims `count` items of at least `size` bytes; returns where they start. */
  private take(count: number, size: number, what: string): number {
    const begin = this.at;
    const end = begin + count * size;
    if (!(end <= this.source.size))
      throw this.fail(`${what} needs ${count * size} bytes, ${this.source.size - begin} are left`);
    if (end > this.bytes.length) throw new NeedsMoreBytes(end);
    this.at = end;
    return begin;
  }

  u8 = (what: string): number => this.view.getUint8(this.take(1, 1, what));
  i8 = (what: string): number => this.view.getInt8(this.take(1, 1, what));
  u16 = (what: string): number => this.view.getUint16(this.take(1, 2, what), true);
  i16 = (what: string): number => this.view.getInt16(this.take(1, 2, what), true);
  u32 = (what: string): number => this.view.getUint32(this.take(1, 4, what), true);
  i32 = (what: string): number => this.view.getInt32(this.take(1, 4, what), true);
  f32 = (what: string): number => this.view.getFloat32(this.take(1, 4, what), true);
  f64 = (what: string): number => this.view.getFloat64(this.take(1, 8, what), true);
  u64 = (what: string): bigint => this.view.getBigUint64(this.take(1, 8, what), true);
  i64 = (what: string): bigint => this.view.getBigInt64(this.take(1, 8, what), true);

  /** A 64-bit count of things that take at least `least` bytes each; more than could fit in the file is refused. */
  count(what: string, least: number): number {
    const value = this.u64(what);
    const room = Math.floor((this.source.size - this.at) / least);
    if (value > BigInt(room)) throw this.fail(`${what} is ${value}, at most ${room} fit in the file`);
    return Number(value);
  }

  string(what: string): string {
    const length = this.count(`the length of ${what}`, 1);
    const begin = this.take(length, 1, what);
    return utf8.decode(this.bytes.subarray(begin, begin + length));
  }

  /** A copy of `count * size` raw bytes, aligned for any typed array. */
  raw(count: number, size: number, what: string): ArrayBuffer {
    const begin = this.take(count, size, what);
    return this.bytes.slice(begin, this.at).buffer as ArrayBuffer;
  }
}
