// @ts-check
/**
 * What the room says, in the person's language: English, or German where that is asked for. A component reads the
 * section of its own name. Only the language that is spoken is fetched.
 *
 * @typedef {typeof import('../../../../texts/en.js').default} Texts
 */

/** @type {Record<string, () => Promise<{default: Texts}>>} */
const LANGUAGES = { en: () => import('../../../../texts/en.js'), de: () => import('../../../../texts/de.js') };
let language = 'en';
let locale = 'en';
/** @type {Texts|null} */
let texts = null;
/** The newest wish wins, also when an older one takes longer to come. */
let turn = 0;

/**
 * Has to come true once before anything is said.
 * @param {string|null|undefined} wanted a language tag
 * @returns {Promise<string>} the language that is spoken from now on
 */
export async function speak(wanted) {
    const tag = wanted ?? 'en';
    const known = tag.split('-')[0].toLowerCase();
    const next = Object.hasOwn(LANGUAGES, known) ? known : 'en';
    turn += 1;
    const mine = turn;
    const loaded = await LANGUAGES[next]();
    if (mine === turn) {
        texts = loaded.default;
        language = next;
        locale = next === known ? tag : 'en';
    }
    return next;
}

/**
 * @template {keyof Texts} S
 * @param {S} section the component's name
 * @returns {Texts[S]}
 */
export function words(section) {
    if (!texts) {
        throw new Error('speak first');
    }
    return texts[section];
}

/**
 * @param {string} text with places like `{name}`
 * @param {Record<string, string|number>} values
 */
export const fill = (text, values) =>
    text.replace(/\{(\w+)\}/g, (place, key) => (Object.hasOwn(values, key) ? String(values[key]) : place));

/**
 * @param {{one: string, other: string}} forms
 * @param {number} n
 */
export const count = (forms, n) =>
    fill(new Intl.PluralRules(language).select(n) === 'one' ? forms.one : forms.other, { n });

/** @param {number} at epoch milliseconds */
export const clockTime = (at) => new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' }).format(at);

/**
 * A moment as people say it: the hour today, with the day otherwise.
 * @param {number} at epoch milliseconds
 * @param {number} now
 */
export function moment(at, now) {
    const today = new Date(at).toDateString() === new Date(now).toDateString();
    const style = today ? { timeStyle: 'short' } : { dateStyle: 'full', timeStyle: 'short' };
    return new Intl.DateTimeFormat(locale, /** @type {Intl.DateTimeFormatOptions} */ (style)).format(at);
}

/**
 * How long until then: "in 12 minutes".
 * @param {number} at epoch milliseconds
 * @param {number} now
 */
export function until(at, now) {
    const minutes = Math.max(1, Math.round((at - now) / 60000));
    const format = new Intl.RelativeTimeFormat(locale, { numeric: 'always' });
    if (minutes < 60) {
        return format.format(minutes, 'minute');
    }
    const hours = Math.round(minutes / 60);
    return hours < 36 ? format.format(hours, 'hour') : format.format(Math.round(hours / 24), 'day');
}
