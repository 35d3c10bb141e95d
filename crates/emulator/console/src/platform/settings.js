/**
 * Who uses the page, in which language, and where the room is. Comes from the server's console.json; the address
 * chooses the user and the language (`/?user=005…&language=de`), so that two windows can be two people.
 */
// @ts-check

/**
 * @typedef {object} User
 * @property {string} id
 * @property {string} name
 * @property {string} role
 * @property {string[]} permissions custom permissions by API name
 * @property {string[]} sets labels of permission sets
 */

const query = new URLSearchParams(window.location.search);

/** Whether texts are German; English otherwise. */
export const german = query.get('language') === 'de';

export const settings = {
    orgName: '',
    roomUrl: '',
    /** @type {string|null} the record that is opened first */
    home: null,
    /** @type {User[]} */
    users: [],
    /** @type {User} */
    user: { id: '', name: '', role: '', permissions: [], sets: [] },
    lang: german ? 'de' : 'en-US',
    locale: german ? 'de-DE' : 'en-US',
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone
};

/** Fills the settings. Rejects if the server does not answer, or has no user. */
export async function load() {
    const answer = await fetch('/console.json', { cache: 'no-store' });
    if (!answer.ok) {
        throw new Error(`/console.json answers ${answer.status}`);
    }
    const told = await answer.json();
    if (told.v !== 1 || !Array.isArray(told.users) || told.users.length === 0) {
        throw new Error('/console.json is of another version');
    }
    settings.orgName = told.orgName ?? '';
    settings.roomUrl = told.roomUrl ?? '';
    settings.home = told.home ?? null;
    settings.users = told.users;
    settings.user = told.users.find((/** @type {User} */ { id }) => id === query.get('user')) ?? told.users[0];
    settings.timeZone = told.timeZone ?? settings.timeZone;
}

/**
 * The same page for another user or in another language. Both are read while the page loads, so it is loaded anew.
 * @param {{user?: string, language?: string}} change
 */
export function switchTo(change) {
    const next = new URLSearchParams(window.location.search);
    for (const [name, value] of Object.entries(change)) {
        next.set(name, value);
    }
    window.location.search = next.toString();
}
