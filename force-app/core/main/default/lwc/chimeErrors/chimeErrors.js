/**
 * Turns whatever a failed call threw into texts a person can read: Apex errors, errors of the record
 * API with their field errors, plain JavaScript errors, and lists of them.
 */
import unknown from '@salesforce/label/c.Chime_Error_Unknown';

/**
 * @param {unknown} errors one error or a list; empty entries are left out
 * @returns {string[]} distinct texts, in the order in which they were found; empty only if there was no error
 */
export function reduceErrors(errors) {
    const given = (Array.isArray(errors) ? errors : [errors]).filter(Boolean);
    if (given.length === 0) {
        return [];
    }
    const texts = given
        .flatMap(textsOf)
        .filter((text) => typeof text === 'string' && text.trim() !== '')
        .map((text) => text.trim());
    return texts.length === 0 ? [unknown] : [...new Set(texts)];
}

function textsOf(error) {
    if (typeof error === 'string') {
        return [error];
    }
    const { body } = error;
    if (typeof body === 'string') {
        return [body];
    }
    if (Array.isArray(body)) {
        return body.map((part) => part?.message);
    }
    const inside = body ? insideOf(body) : [];
    if (inside.length > 0) {
        return inside;
    }
    return [error.message ?? error.statusText];
}

/* The record API puts the useful texts deep inside and a general sentence on top: the deep ones win. */
function insideOf(body) {
    const places = [body, body.output].filter(Boolean);
    const deep = places.flatMap((place) => [
        ...messages(place.pageErrors),
        ...messages(place.errors),
        ...Object.values(place.fieldErrors ?? {}).flatMap(messages)
    ]);
    return deep.length > 0 ? deep : messages([body]);
}

function messages(list) {
    return (Array.isArray(list) ? list : []).map((entry) => entry?.message).filter(Boolean);
}
