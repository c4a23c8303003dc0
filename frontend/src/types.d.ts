/**
 * The services' answers and the types that parts of the page exchange. Types only; none of this reaches the browser.
 */
import type { NewFile, NewPreview, Page } from './contract';

/* The services' types. Three have other names here: `Image` and `Refused` would clash with a type of the browser and an
 * error of the page, and `Timeline` with the class that holds it. */
export type {
  Batch,
  Completion,
  Config,
  FoundPart,
  Granted,
  Image as Picture,
  Link,
  Multipart,
  NewFile,
  NewLink,
  NewPart,
  NewParts,
  NewPreview,
  NewUploads,
  Page,
  Permit,
  Problem,
  Refused as FileProblem,
  ShareLink,
  SignedParts,
  SignedPut,
  Timeline as Months,
  Urls,
  Variant,
} from './contract';

/** The parameters of a list request. Times are milliseconds since 1970. */
export interface ListQuery {
  limit?: number;
  /** The last id of the previous page. */
  cursor?: string | null;
  /** List only pictures from this time or older. */
  before?: number | null;
  /** List no pictures older than this time. */
  after?: number | null;
  /** Bypass every cache, after this page's own change. */
  fresh?: boolean;
  etag?: string | null;
  signal?: AbortSignal;
}

/** A list answer with its age. */
export interface ListAnswer {
  page: Page | null;
  etag: string | null;
  /** Age of the answer, milliseconds; null when the service did not tell. */
  ageMs: number | null;
}

/** What the worker removed from a file. */
export type Removed = 'location' | 'makerNotes' | 'credentials' | 'video' | 'trailer';

/** A file that the worker has prepared. */
export interface Prepared {
  /** The bytes to send: the file itself, or slices of it and patches without the location data. */
  blob: Blob;
  contentType: NewFile['content_type'];
  /** Base64; null for a file sent in parts. */
  sha256: string | null;
  /** Size in pixels as displayed; null when the browser cannot decode the picture. */
  width: number | null;
  height: number | null;
  thumbhash: string | null;
  preview: { blob: Blob; contentType: NewPreview['content_type']; sha256: string } | null;
  /**
   * `clean`: nothing to remove. `removed`: something was removed, see below. `kept`: the person chose to keep it.
   * `unknown`: cannot be edited safely.
   */
  location: 'clean' | 'removed' | 'kept' | 'unknown';
  removed: Removed[];
}
