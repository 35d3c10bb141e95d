// @ts-check
/**
 * The lines of the chat as they are shown: in their order, each once, and no more than a page can hold. What one
 * writes oneself goes out no faster than a person types.
 */

const MOST_LINES = 500;
const LONGEST = 2000;
const TALK = { lines: 10, ms: 5000 };

/** @typedef {import('./state.js').ChatLine} ChatLine */

/**
 * Whoever wrote most gives way first: nobody pushes out what the others wrote.
 * @param {ChatLine[]} chat
 */
function shorten(chat) {
    if (chat.length <= MOST_LINES) {
        return chat;
    }
    /** @type {Map<string, number>} */
    const wrote = new Map();
    chat.forEach(({ attendeeId }) => wrote.set(attendeeId, (wrote.get(attendeeId) ?? 0) + 1));
    const [[most]] = [...wrote].sort(([, a], [, b]) => b - a);
    const oldest = chat.findIndex(({ attendeeId }) => attendeeId === most);
    return chat.filter((_line, index) => index !== oldest);
}

/**
 * @param {object} deps
 * @param {ReturnType<typeof import('./store.js').createStore<import('./state.js').RoomState>>} deps.store
 * @param {() => number} deps.now
 * @param {(line: import('./messages.js').Line) => string} deps.nameOf who wrote it
 * @param {(text: string) => void} deps.onSaid an own line went out
 * @returns {{show: (line: import('./messages.js').Line) => void,
 *   say: (text: string, messages: import('./messages.js').Messages|undefined) => boolean}}
 */
export function makeChat({ store, now, nameOf, onSaid }) {
    /** @type {number[]} */
    let spoken = [];

    /** @param {import('./messages.js').Line} line */
    function show(line) {
        const { chat } = store.get();
        // Said again after a reconnection, it stays where it was.
        const at = chat.find(({ id }) => id === line.id)?.at ?? line.at;
        const others = chat.filter(({ id }) => id !== line.id);
        store.set({ chat: shorten([...others, { ...line, at, name: nameOf(line) }].sort((a, b) => a.at - b.at)) });
    }

    return {
        show,
        say(text, messages) {
            const words = text.trim();
            spoken = spoken.filter((at) => at > now() - TALK.ms);
            if (!messages || words === '' || [...words].length > LONGEST || spoken.length >= TALK.lines) {
                return false;
            }
            const said = messages.say(words);
            if (said) {
                spoken.push(now());
                show(said);
                onSaid(words);
            }
            return said !== null;
        }
    };
}
