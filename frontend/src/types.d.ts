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

/** A list answer together with how old it is. */
export interface ListAnswer {
  page: Page | null;
  etag: string | null;
  /** When what is served was true; null when the service did not say. */
  asOf: Date | null;
}

export interface Config {
  max_upload_bytes: number;
  upload_key_required: boolean;
  allowed_types: string[];
  single_put_max_bytes: number;
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
  put: SignedPut;
  thumbnail?: { put: SignedPut };
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
  sha256: string;
  thumbhash?: string;
  thumbnail?: { content_type: string; size: number; sha256: string };
}

/** A file made ready in the worker. */
export interface Prepared {
  /** What will be sent: the file itself, or one put together of its slices without the location. */
  blob: Blob;
  contentType: string;
  sha256: string;
  /** Shape as it will be shown; null when the browser can't decode it. */
  width: number | null;
  height: number | null;
  thumbhash: string | null;
  preview: { blob: Blob; contentType: string; sha256: string } | null;
  /** `clean`: holds no place. `removed`: the place was taken out. `kept`: the person wanted all kept. `unknown`: can't be cleaned. */
  location: 'clean' | 'removed' | 'kept' | 'unknown';
}
