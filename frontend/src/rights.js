/** Tells which pictures this browser may delete: those whose token it has saved, or all with the operator's token. */
import { tokens } from './tokens.js';

const KEPT = 'vitrine.adminToken';

/** @returns {string} '' when none was entered; forgotten when the tab is closed */
export function adminToken() {
  try {
    return sessionStorage.getItem(KEPT) ?? '';
  } catch {
    return '';
  }
}

/** @param {string} token  '' to forget it */
export function setAdminToken(token) {
  try {
    if (token) sessionStorage.setItem(KEPT, token);
    else sessionStorage.removeItem(KEPT);
  } catch {
    // Without storage the token is not kept and has no effect. That is better than a secret in a global variable.
  }
}

/** @param {string} id @returns {Promise<string | null>} the token that authorises deleting this picture */
export async function deletionToken(id) {
  return adminToken() || (await tokens.get(id)) || null;
}

/**
 * @template {{ id: string }} P
 * @param {P[]} pictures
 * @returns {Promise<P[]>} those that this browser may delete
 */
export async function removable(pictures) {
  const deletionTokens = await Promise.all(pictures.map(({ id }) => deletionToken(id)));
  return pictures.filter((_, index) => deletionTokens[index] !== null);
}
