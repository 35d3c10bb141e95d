/**
 * A rule that is switched off at a place says why, at that place.
 */
export const name = 'suppressions';

/**
 * @param {import('../tree/names.mjs').World} world
 * @returns {import('../tree/source.mjs').Finding[]}
 */
export function check({ source }) {
    const findings = [];
    for (const path of source.paths(/\.(cls|trigger|js|html|css|xml)$/)) {
        const lines = source.text(path).split('\n');
        lines.forEach((text, at) => {
            const say = (message) => findings.push({ file: path, message: `line ${at + 1}: ${message}` });
            if (
                /\bNOPMD\b|CPD-OFF|code-analyzer-suppress|sfge-disable|eslint-disable\b(?!-next-line|-line)|prettier-ignore-start/.test(
                    text
                )
            ) {
                say('switches off more than one place and one rule');
            } else if (/@SuppressWarnings/i.test(text) && !said(lines, at)) {
                say('@SuppressWarnings without a reason in the comment line above it');
            } else if (
                /eslint-disable-(next-)?line/.test(text) &&
                !/eslint-disable-(?:next-)?line\s+\S+(?:, \S+)*\s+--\s+\w+/.test(text)
            ) {
                say('eslint-disable without a rule and `-- reason`');
            } else if (/(?:istanbul|c8|v8) ignore/.test(text) && !/ignore\s+\w+\s+--\s+\w+/.test(text)) {
                say('coverage is switched off without `-- reason`');
            } else if (
                /prettier-ignore/.test(text) &&
                !/prettier-ignore\s*(?:--|:)?\s*\w+/.test(text) &&
                !said(lines, at)
            ) {
                say('prettier-ignore without a reason');
            }
        });
    }
    return findings;
}

/**
 * Whether the line above is a comment of some words that is not ApexDoc's end.
 *
 * @param {string[]} lines
 * @param {number} at
 */
function said(lines, at) {
    return /^\s*(\/\/|\*|<!--)\s*\S+\s+\S+\s+\S+/.test(lines[at - 1] ?? '');
}
