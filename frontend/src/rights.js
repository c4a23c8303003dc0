/** What this browser may remove: pictures whose token it keeps, or all with the operator's token. */
import { tokens } from './tokens.js';

const KEPT = 'vitrine.adminToken';

/** @returns {string} '' when none was entered; forgotten with the tab */
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
    // Without storage nothing is kept, and then it does not work: better than a secret in a global.
  }
}

/** @param {string} id @returns {Promise<string | null>} what a removal of this picture is authorised with */
export async function rightTo(id) {
  return adminToken() || (await tokens.get(id)) || null;
}

/**
 * @template {{ id: string }} P
 * @param {P[]} pictures
 * @returns {Promise<P[]>} those that can be removed from here
 */
export async function removable(pictures) {
  const rights = await Promise.all(pictures.map(({ id }) => rightTo(id)));
  return pictures.filter((_, index) => rights[index] !== null);
}
