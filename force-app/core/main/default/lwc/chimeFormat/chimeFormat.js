/**
 * Durations, sizes and times as the user's locale writes them, and labels with places to fill.
 */
import userLocale from '@salesforce/i18n/locale';
import userTimeZone from '@salesforce/i18n/timeZone';

const SIZES = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];

/**
 * @param {string} label a text with the places {0}, {1}, …
 * @param {...unknown} values what stands in each place
 * @returns {string} the filled text; a place without a value stays as it is
 */
export function fill(label, ...values) {
    return label.replace(/\{(\d+)\}/g, (place, index) => String(values[index] ?? place));
}

/**
 * @param {number|null|undefined} seconds a length of time
 * @param {string} [locale] BCP 47; the user's own if left out
 * @returns {string} its two greatest parts, such as "1 hr 5 min"; empty for no number
 */
export function formatDuration(seconds, locale = userLocale) {
    if (!Number.isFinite(seconds) || seconds < 0) {
        return '';
    }
    const whole = Math.round(seconds);
    const hours = Math.floor(whole / 3600);
    const minutes = Math.floor((whole % 3600) / 60);
    if (hours > 0) {
        return parts([hours, 'hour'], [minutes, 'minute'], locale);
    }
    if (minutes > 0) {
        return parts([minutes, 'minute'], [whole % 60, 'second'], locale);
    }
    return unit(whole, 'second', locale);
}

/**
 * @param {number|null|undefined} bytes a size
 * @param {string} [locale] BCP 47; the user's own if left out
 * @returns {string} the size in the greatest unit that gives at least 1, such as "12.3 MB"; empty for no number
 */
export function formatSize(bytes, locale = userLocale) {
    if (!Number.isFinite(bytes) || bytes < 0) {
        return '';
    }
    let value = bytes;
    let step = 0;
    while (value >= 1000 && step < SIZES.length - 1) {
        value /= 1000;
        step += 1;
    }
    return unit(value, SIZES[step], locale, step > 1 ? 1 : 0);
}

/**
 * @param {string|number|Date|null|undefined} value a moment
 * @param {string} [locale] BCP 47; the user's own if left out
 * @param {string} [timeZone] IANA name; the user's own if left out
 * @returns {string} date and time of day; empty for no moment
 */
export function formatDateTime(value, locale = userLocale, timeZone = userTimeZone) {
    const moment = new Date(value ?? NaN);
    if (Number.isNaN(moment.getTime())) {
        return '';
    }
    return new Intl.DateTimeFormat(known(locale), { dateStyle: 'medium', timeStyle: 'short', timeZone }).format(moment);
}

function parts([great, greatUnit], [small, smallUnit], locale) {
    const first = unit(great, greatUnit, locale);
    return small === 0 ? first : `${first} ${unit(small, smallUnit, locale)}`;
}

function unit(value, name, locale, digits = 0) {
    const format = { style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits: digits };
    return new Intl.NumberFormat(known(locale), format).format(value);
}

/* An org may have a locale that the browser does not know: then the browser's own is used. */
function known(locale) {
    try {
        return Intl.getCanonicalLocales(locale)[0];
    } catch {
        return undefined;
    }
}
