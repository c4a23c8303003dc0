/** The uploader's dependencies, so that a test can pass its own. Types only; none of this reaches the browser. */

import type { Environment } from '../net/environment.js';
import type {
  FileProblem,
  FoundPart,
  Granted,
  NewFile,
  NewPart,
  Permit,
  Picture,
  Prepared,
  SignedParts,
  SignedPut,
} from '../types';
import type { Item, State } from './item.js';
import type { Semaphore } from './semaphore.js';

/** Why an upload is waiting. */
export type Waiting = 'offline' | 'busy' | 'network' | 'budget';

export interface Limits {
  maxBytes: number;
  /** Files of this size or more are sent in parts, bytes. */
  inPartsFrom: number;
}

/** The calls to services and storage that a transfer makes. */
interface ServiceCalls {
  prepare(file: File, options: { keepAll: boolean; inParts: boolean }, signal: AbortSignal): Promise<Prepared>;
  /** SHA-256, base64. */
  hash(blob: Blob, signal: AbortSignal): Promise<string>;
  signAgain(id: string, token: string, signal: AbortSignal): Promise<Permit>;
  signParts(
    id: string,
    token: string,
    uploadId: string | null,
    parts: NewPart[],
    signal: AbortSignal,
  ): Promise<SignedParts>;
  listParts(id: string, token: string, uploadId: string, signal: AbortSignal): Promise<FoundPart[]>;
  complete(
    id: string,
    token: string,
    uploadId: string | null,
    signal: AbortSignal,
  ): Promise<Picture | { retryAfter: number }>;
  put(put: SignedPut, body: Blob, signal: AbortSignal, onProgress: (sent: number) => void): Promise<void>;
  environment: Environment;
  limits(): Limits;
}

/** The dependencies that the queue passes to each transfer. */
export interface TransferDeps extends ServiceCalls {
  requestTicket(claim: NewFile, signal: AbortSignal): Promise<Granted>;
  /** Limits the requests to storage that run at once. */
  requests: Semaphore;
  /** Limits the parts hashed, signed or sent at once. Higher than `requests`, so that no request waits for a hash. */
  parts: Semaphore;
  enter(item: Item, state: State): void;
  changed(item: Item): void;
  /** Saves what a later page needs to continue the upload. */
  saveItem(item: Item): void;
  /** Cancels the upload under the item's ticket. */
  cancelUpload(item: Item): void;
}

/** Saves what a later page needs to continue the queue. */
export interface Journal {
  add(items: Item[]): void;
  save(item: Item): void;
  drop(item: Item): void;
  /** Marks the item as being cancelled: a later page must not send it, but finish the cancellation. */
  cancelling(item: Item): void;
}

/** The dependencies that the page passes to the queue. */
export interface UploaderDeps extends ServiceCalls {
  createUploads(files: NewFile[]): Promise<(Granted | FileProblem)[]>;
  cancel(id: string, token: string, uploadId: string | null): Promise<void>;
  journal: Journal;
  /** Resolves when no other page of this browser is uploading, with the function that releases the lock. */
  acquireUploadLock(): Promise<() => void>;
}
