// @ts-check
/**
 * Which letter does what in the meeting. A letter counts only outside of fields and without Ctrl, Alt or Meta.
 */

/** @typedef {'mute'|'camera'|'share'|'hand'|'chat'|'people'|'layout'|'full'|'help'} Shortcut */

/** @type {readonly {key: string, does: Shortcut}[]} */
export const SHORTCUTS = [
    { key: 'm', does: 'mute' },
    { key: 'v', does: 'camera' },
    { key: 's', does: 'share' },
    { key: 'h', does: 'hand' },
    { key: 'c', does: 'chat' },
    { key: 'p', does: 'people' },
    { key: 'l', does: 'layout' },
    { key: 'f', does: 'full' },
    { key: '?', does: 'help' }
];

const FIELDS = ['INPUT', 'TEXTAREA', 'SELECT'];

/**
 * @param {KeyboardEvent} event
 * @returns {Shortcut|null} what the key asks for
 */
export function shortcutOf(event) {
    const target = /** @type {Element|undefined} */ (event.composedPath()[0]);
    const typing = FIELDS.includes(target?.tagName ?? '') || target?.closest?.('dialog');
    if (event.defaultPrevented || event.repeat || typing || event.ctrlKey || event.altKey || event.metaKey) {
        return null;
    }
    return SHORTCUTS.find(({ key }) => key === event.key.toLowerCase())?.does ?? null;
}
