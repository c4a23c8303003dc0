/** What the services say and what the page's parts hand to each other. Only types: nothing of this reaches the browser. */
import type { NewFile, NewPreview, Page } from './contract';

/* The services' types; some have names of the page's own. */
export type {
  Batch,
  Completion,
  Config,
  FoundPart,
  Granted as Ticket,
  Image as Picture,
  Link,
  Multipart,
  NewFile as FileClaim,
  NewLink,
  NewPart as Part,
  NewParts,
  NewPreview,
  NewUploads,
  Page,
  Permit as Renewal,
  Problem,
  Refused as FileProblem,
  ShareLink,
  SignedParts,
  SignedPut,
  Timeline as Months,
  Urls,
  Variant,
} from './contract';

/** What a list is asked for. Times are milliseconds since 1970. */
export interface ListQuery {
  limit?: number;
  /** The last id of the page before. */
  cursor?: string | null;
  /** Begin with pictures of this time or older. */
  before?: number | null;
  /** End before pictures that are older than this. */
  after?: number | null;
  /** Past every cache, after an own change. */
  fresh?: boolean;
  etag?: string | null;
  signal?: AbortSignal;
}

/** A list answer together with how old it is. */
export interface ListAnswer {
  page: Page | null;
  etag: string | null;
  /** How long ago what is served was true, milliseconds; null when the service did not say. */
  ageMs: number | null;
}

/** A file made ready in the worker. */
export interface Prepared {
  /** What will be sent: the file itself, or one put together of its slices without the location. */
  blob: Blob;
  contentType: NewFile['content_type'];
  /** Base64; null for what is sent in parts. */
  sha256: string | null;
  /** Shape as it will be shown; null when the browser can't decode it. */
  width: number | null;
  height: number | null;
  thumbhash: string | null;
  preview: { blob: Blob; contentType: NewPreview['content_type']; sha256: string } | null;
  /** `clean`: holds no place. `removed`: the place was taken out. `kept`: the person wanted all kept. `unknown`: can't be cleaned. */
  location: 'clean' | 'removed' | 'kept' | 'unknown';
}
