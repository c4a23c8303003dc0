/**
 * The page's Trusted Types policy (W3C Trusted Types; the gateway's Content-Security-Policy requires one): the browser
 * asks it about every string that would become markup or a script. It is the default policy, because PhotoSwipe hands the
 * browser plain strings.
 */

/** The XML that `parseXml` is parsing now. @type {string | null} */
let parsing = null;

/**
 * @typedef {object} Rules
 * @property {(markup: string) => string | null} createHTML  null refuses
 * @property {(url: string) => string | null} createScriptURL  null refuses
 */

/**
 * @param {Iterable<string>} markup  all that may become markup
 * @param {Iterable<string>} scripts  URLs of all workers, as they are passed to the browser
 * @returns {Rules}
 */
export function rules(markup, scripts) {
  const [allowedMarkup, allowedScripts] = [new Set(markup), new Set(scripts)];
  return {
    createHTML: (text) => (allowedMarkup.has(text) || text === parsing ? text : null),
    createScriptURL: (url) => (allowedScripts.has(url) ? url : null),
  };
}

/** Puts the rules in force, in browsers that know Trusted Types. @param {Rules} own */
export function enforce(own) {
  /** @type {{ trustedTypes?: { createPolicy: (name: string, rules: Rules) => unknown } }} */ (
    globalThis
  ).trustedTypes?.createPolicy('default', own);
}

/**
 * Parses XML into a document of its own, in which nothing runs. Browsers ask the policy about such text too.
 *
 * @param {string} text
 * @param {Pick<DOMParser, 'parseFromString'>} parser
 * @returns {Document}
 */
export function parseXml(text, parser) {
  parsing = text;
  try {
    return parser.parseFromString(text, 'application/xml');
  } finally {
    parsing = null;
  }
}
