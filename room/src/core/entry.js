// @ts-check
/**
 * Which way in this page was opened by: a link with a join key, the frame of a Salesforce page, or the recorder. The
 * key stands in the fragment, which no server sees; it is taken out of the address bar at once. So that loading the
 * page anew comes back to the same seat, it stays in the state of this history entry: that survives a reload, is in
 * no address that could be copied, and other entries and origins cannot read it. A page in a frame keeps nothing.
 */
import { readKey } from './keys.js';

/**
 * @typedef {object} HostPower what Apex gave at the click
 * @property {number} exp epoch seconds
 * @property {string} proof
 *
 * @typedef {{kind: 'frame'}|{kind: 'nothing'}|
 *   {kind: 'key', key: string, power: HostPower|null, justIssued: boolean, popout: boolean, recorder: boolean}} Entry
 */

/* A link just issued says so: a bridge that has not answered yet is then not taken for a wrong link. */
const NEW = 'new';

/**
 * The fragment's form is KEY[.EXPIRY.PROOF][.new].
 * @param {Pick<Window, 'location'|'history'>} window
 * @returns {Entry}
 */
export function readEntry({ location, history }) {
    const query = new URLSearchParams(location.search);
    if (query.get('embed') === '1') {
        return { kind: 'frame' };
    }
    const kept = /** @type {unknown} */ (history.state?.chimeRoom);
    const words = location.hash ? location.hash.slice(1) : typeof kept === 'string' ? kept : '';
    if (location.hash) {
        history.replaceState({ chimeRoom: words }, '', location.pathname + location.search);
    }
    const parts = words.split('.');
    const justIssued = parts.length > 1 && parts[parts.length - 1] === NEW;
    const [key = '', exp = '', proof = ''] = parts;
    if (readKey(key)) {
        const power = /^\d{1,12}$/.test(exp) && readKey(proof) ? { exp: Number(exp), proof } : null;
        const recorder = query.get('role') === 'recorder';
        return { kind: 'key', key, power, justIssued, popout: query.get('popout') === '1', recorder };
    }
    return { kind: 'nothing' };
}

/**
 * The address of the same seat in a window of its own. Everything secret stands in the fragment.
 * @param {string} origin
 * @param {string} key
 * @param {HostPower|null} power
 * @param {boolean} justIssued
 */
export function ownWindow(origin, key, power, justIssued) {
    const proof = power ? [power.exp, power.proof] : [];
    return `${origin}/?popout=1#${[key, ...proof, ...(justIssued ? [NEW] : [])].join('.')}`;
}
