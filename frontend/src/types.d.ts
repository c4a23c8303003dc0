/** What the services say and what the page's parts hand to each other. Only types: nothing of this reaches the browser. */

/** A published picture, as the catalog and `complete` answer it. */
export interface Picture {
  id: string;
  /** What a download URL can be asked for without any look-up. */
  ref: string;
  filename: string;
  content_type: string;
  /** Bytes. */
  size: number;
  width: number;
  height: number;
  thumbhash: string | null;
  /** Whether a preview is published beside the original. */
  thumbnail: boolean;
  /** RFC 3339. */
  uploaded_at: string;
}

export interface Page {
  items: Picture[];
  next_cursor: string | null;
}

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

/** The months that hold pictures. */
export interface Months {
  /** RFC 3339; null in an empty gallery. */
  newest: string | null;
  oldest: string | null;
  /** YYYY-MM in UTC, newest first. */
  months: string[];
}

export interface Config {
  max_upload_bytes: number;
  upload_key_required: boolean;
  allowed_types: string[];
  /** Files of so many bytes go in parts; absent where the service knows none. */
  multipart_from?: number;
}

/** A request that the browser must send exactly so. */
export interface SignedPut {
  method: string;
  url: string;
  headers: Record<string, string>;
}

export interface Ticket {
  id: string;
  token: string;
  expires_at: string;
  /** Small files go in one request. */
  put?: SignedPut;
  /** Larger ones in parts, each signed when it is about to be sent. */
  multipart?: Multipart;
  thumbnail?: { put: SignedPut };
}

export interface Multipart {
  /** Bytes of each part but the last. */
  part_size: number;
  part_count: number;
}

/** What `sign` answers. */
export type Renewal = Pick<Ticket, 'put' | 'thumbnail' | 'expires_at'>;

/** A part that storage has, or one that is to be sent. */
export interface Part {
  part_number: number;
  /** Base64. */
  sha256: string;
}

export interface SignedParts {
  upload_id: string;
  expires_at: string;
  parts: (SignedPut & { part_number: number })[];
}

export interface Problem {
  type?: string;
  title?: string;
  detail?: string;
  status: number;
  request_id?: string;
  errors?: { pointer: string; detail: string }[];
}

/** One file of `POST /api/uploads`. */
export interface FileClaim {
  filename: string;
  content_type: string;
  size: number;
  /** Base64; large files have one for each part instead. */
  sha256?: string;
  thumbhash?: string;
  thumbnail?: { content_type: string; size: number; sha256: string };
}

/** A file made ready in the worker. */
export interface Prepared {
  /** What will be sent: the file itself, or one put together of its slices without the location. */
  blob: Blob;
  contentType: string;
  /** Base64; null for what is sent in parts. */
  sha256: string | null;
  /** Shape as it will be shown; null when the browser can't decode it. */
  width: number | null;
  height: number | null;
  thumbhash: string | null;
  preview: { blob: Blob; contentType: string; sha256: string } | null;
  /** `clean`: holds no place. `removed`: the place was taken out. `kept`: the person wanted all kept. `unknown`: can't be cleaned. */
  location: 'clean' | 'removed' | 'kept' | 'unknown';
}
