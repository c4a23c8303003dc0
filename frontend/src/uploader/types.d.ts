/** What the uploader needs from outside, so that a test can bring its own. Only types: nothing of this reaches the browser. */

import type { Environment } from '../net/environment.js';
import type {
  FileClaim,
  FileProblem,
  FoundPart,
  Part,
  Picture,
  Prepared,
  Renewal,
  SignedParts,
  SignedPut,
  Ticket,
} from '../types';
import type { Item, State } from './item.js';
import type { Semaphore } from './semaphore.js';

/** Why nothing moves at the moment. */
export type Waiting = 'offline' | 'busy' | 'network';

export interface Limits {
  maxBytes: number;
  /** A file of so many bytes or more goes in parts. */
  inPartsFrom: number;
}

/** The calls of the services and of storage that a transfer makes. */
interface Calls {
  prepare(file: File, options: { keepAll: boolean; inParts: boolean }, signal: AbortSignal): Promise<Prepared>;
  /** SHA-256, base64. */
  hash(blob: Blob, signal: AbortSignal): Promise<string>;
  signAgain(id: string, token: string, signal: AbortSignal): Promise<Renewal>;
  signParts(
    id: string,
    token: string,
    uploadId: string | null,
    parts: Part[],
    signal: AbortSignal,
  ): Promise<SignedParts>;
  listParts(id: string, token: string, uploadId: string, signal: AbortSignal): Promise<FoundPart[]>;
  complete(
    id: string,
    token: string,
    uploadId: string | null,
    signal: AbortSignal,
  ): Promise<Picture | { retryAfter: number }>;
  put(put: SignedPut, body: Blob, signal: AbortSignal, onProgress: (sent: number) => void): Promise<unknown>;
  environment: Environment;
  limits(): Limits;
}

/** What the queue gives to each transfer. */
export interface Tools extends Calls {
  ticket(claim: FileClaim, signal: AbortSignal): Promise<Ticket>;
  /** How many requests to storage may run at once. */
  requests: Semaphore;
  /** How many parts may be hashed, signed or sent at once: more than requests, so that a request never waits for a hash. */
  parts: Semaphore;
  enter(item: Item, state: State): void;
  changed(item: Item): void;
  /** Writes down what a later page needs to go on. */
  keep(item: Item): void;
  /** Takes back what was begun under the item's ticket. */
  discard(item: Item): void;
}

/** Keeps what a later page needs to go on. */
export interface Journal {
  add(items: Item[]): void;
  save(item: Item): void;
  drop(item: Item): void;
  /** The item is being cancelled: a later page must not send it, but take it back. */
  ending(item: Item): void;
}

/** What the page gives to the queue. */
export interface Outside extends Calls {
  createUploads(files: FileClaim[]): Promise<(Ticket | FileProblem)[]>;
  cancel(id: string, token: string, uploadId: string | null): Promise<void>;
  journal: Journal;
  /** Resolves when no other page of this browser sends, with what ends the turn. */
  turn(): Promise<() => void>;
}
