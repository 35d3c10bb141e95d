import { readFileSync } from 'node:fs';
import path from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { CONNECT, isHello, LONGEST, openRoomPort, readFromComponent, readFromRoom } from 'c/chimeRoomPort';

const ROOT = path.join(__dirname, '../../../../../../..');
const ROWS = JSON.parse(readFileSync(path.join(ROOT, 'crates/contract/vectors/port.json'), 'utf8'));
const ORIGIN = 'https://room.example.com';
const REAL = jest.requireActual('timers');

/** A row with `fill` stands for a text of that length; one with `data` for a message that is no text. */
function textOf(row) {
    return 'data' in row ? row.data : filled(row.text, row);
}

function filled(value, row) {
    if (!row.fill) {
        return value;
    }
    const missing = row.fill - row.text.length + '{fill}'.length;
    return JSON.parse(JSON.stringify(value).replace('{fill}', 'x'.repeat(missing)));
}

/** Lets messages of real ports arrive. */
async function settle() {
    for (let turn = 0; turn < 10; turn += 1) {
        // eslint-disable-next-line no-await-in-loop -- each turn of the loop delivers what the last one sent
        await new Promise((resolve) => REAL.setImmediate(resolve));
    }
}

/** The room's side: takes each port that is offered to its window and answers on it. */
class Room {
    ports = [];
    heard = [];
    offers = [];
    answers = true;

    constructor() {
        this.window = {
            postMessage: (text, origin, [port]) => {
                this.offers.push({ text, origin });
                this.ports.push(port);
                port.on('message', (message) => this.heard.push(JSON.parse(message)));
                if (this.answers) {
                    this.say({ type: 'ready', v: 1 });
                }
            }
        };
    }

    say(message, port = this.ports.at(-1)) {
        port.postMessage(typeof message === 'string' ? message : JSON.stringify(message));
    }

    close() {
        this.ports.forEach((port) => port.close());
    }
}

function windowMessage(text, source, origin) {
    const event = new MessageEvent('message', { data: text, origin });
    Object.defineProperty(event, 'source', { value: source });
    window.dispatchEvent(event);
}

describe('chimeRoomPort: the messages', () => {
    it.each(ROWS.fromRoom.read)('reads from the room: $what', (row) => {
        expect(readFromRoom(textOf(row))).toEqual(filled(row.reads, row));
    });

    it.each(ROWS.fromRoom.ignored)('ignores from the room: $what', (row) => {
        expect(readFromRoom(textOf(row))).toBeNull();
    });

    it.each(ROWS.fromComponent.read)('would send: $what', (row) => {
        expect(readFromComponent(textOf(row))).toEqual(filled(row.reads, row));
    });

    it.each(ROWS.fromComponent.ignored)('would not send: $what', (row) => {
        expect(readFromComponent(textOf(row))).toBeNull();
    });

    it('offers the port with the text that the room takes', () => {
        expect(CONNECT).toBe(ROWS.connect.taken[0].text);
    });

    it('knows the longest text that the rows name', () => {
        const longest = Math.max(...ROWS.fromRoom.read.map((row) => textOf(row).length));
        expect(longest).toBe(LONGEST);
    });

    it('ignores a roster of more people than a meeting holds', () => {
        const people = Array.from({ length: 501 }, (_, n) => ({ seat: `s${n}`, name: 'N', role: 'guest' }));
        expect(readFromRoom(JSON.stringify({ type: 'roster', people }))).toBeNull();
        expect(readFromRoom(JSON.stringify({ type: 'roster', people: people.slice(1) })).people).toHaveLength(500);
    });
});

describe('chimeRoomPort: messages over the window', () => {
    const frame = {};
    const sources = { frame, other: {}, self: window, none: null };
    const origins = {
        room: ORIGIN,
        other: 'https://room.example.com.evil.example',
        page: 'https://org.lightning.force.com',
        null: 'null',
        'room/': `${ORIGIN}/`,
        ROOM: ORIGIN.toUpperCase()
    };
    const eventOf = (row) => ({ data: textOf(row), source: sources[row.source], origin: origins[row.origin] });

    it.each(ROWS.hello.taken)('takes: $what', (row) => {
        expect(isHello(eventOf(row), frame, ORIGIN)).toBe(true);
    });

    it.each(ROWS.hello.ignored)('ignores: $what', (row) => {
        expect(isHello(eventOf(row), frame, ORIGIN)).toBe(false);
    });

    it('ignores everything while there is no frame', () => {
        const event = { data: ROWS.hello.taken[0].text, source: null, origin: ORIGIN };
        expect(isHello(event, null, ORIGIN)).toBe(false);
        expect(isHello({ ...event, source: undefined }, undefined, ORIGIN)).toBe(false);
    });
});

describe('chimeRoomPort: the line', () => {
    let room;
    let line;
    let told;

    function open(frameWindow = () => room.window) {
        told = { onReady: jest.fn(), onMessage: jest.fn(), onSilent: jest.fn() };
        line = openRoomPort({ frameWindow, origin: ORIGIN, ...told });
        return line;
    }

    async function connect() {
        open().connect();
        await settle();
    }

    beforeEach(() => {
        jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
        global.MessageChannel = MessageChannel;
        room = new Room();
    });

    afterEach(() => {
        line.close();
        room.close();
        jest.useRealTimers();
        delete global.MessageChannel;
    });

    it('offers a port to the room’s origin only, and is ready when the room says so', async () => {
        await connect();
        expect(room.offers).toEqual([{ text: CONNECT, origin: ORIGIN }]);
        expect(told.onReady).toHaveBeenCalledTimes(1);
        expect(line.isReady()).toBe(true);
        jest.advanceTimersByTime(60000);
        expect(room.offers).toHaveLength(1);
        expect(told.onSilent).not.toHaveBeenCalled();
    });

    it('never posts to any origin', async () => {
        room.answers = false;
        open().connect();
        jest.advanceTimersByTime(60000);
        expect(room.offers.every(({ origin }) => origin === ORIGIN)).toBe(true);
        expect(room.offers.some(({ origin }) => origin === '*')).toBe(false);
    });

    it('offers a new channel every 500 ms, 40 times, then says that the room is silent', () => {
        room.answers = false;
        open().connect();
        expect(room.offers).toHaveLength(1);
        jest.advanceTimersByTime(499);
        expect(room.offers).toHaveLength(1);
        jest.advanceTimersByTime(1);
        expect(room.offers).toHaveLength(2);
        jest.advanceTimersByTime(38 * 500);
        expect(room.offers).toHaveLength(40);
        expect(told.onSilent).not.toHaveBeenCalled();
        jest.advanceTimersByTime(500);
        expect(told.onSilent).toHaveBeenCalledTimes(1);
        jest.advanceTimersByTime(60000);
        expect(room.offers).toHaveLength(40);
        expect(told.onSilent).toHaveBeenCalledTimes(1);
    });

    it('counts time although there is no window yet, and offers nothing to nobody', () => {
        open(() => undefined).connect();
        jest.advanceTimersByTime(40 * 500);
        expect(told.onSilent).toHaveBeenCalledTimes(1);
    });

    it('hears the newest channel only', async () => {
        room.answers = false;
        open().connect();
        jest.advanceTimersByTime(500);
        room.say({ type: 'ready', v: 1 }, room.ports[0]);
        await settle();
        expect(told.onReady).not.toHaveBeenCalled();
        room.say({ type: 'ready', v: 1 }, room.ports[1]);
        await settle();
        expect(told.onReady).toHaveBeenCalledTimes(1);
    });

    it('hands on what it reads, and nothing before the room is ready', async () => {
        room.answers = false;
        open().connect();
        room.say({ type: 'state', state: 'in' });
        await settle();
        expect(told.onMessage).not.toHaveBeenCalled();
        room.say({ type: 'ready', v: 1 });
        room.say({ type: 'state', state: 'in' });
        room.say({ type: 'dance' });
        room.say('no JSON');
        await settle();
        expect(told.onMessage.mock.calls).toEqual([[{ type: 'state', state: 'in', reason: null }]]);
    });

    it('is told once although the room says ready twice', async () => {
        await connect();
        room.say({ type: 'ready', v: 1 });
        await settle();
        expect(told.onReady).toHaveBeenCalledTimes(1);
        expect(told.onMessage).not.toHaveBeenCalled();
    });

    it('sends what the room would take, and nothing else', async () => {
        await connect();
        expect(line.send({ type: 'consent', given: true })).toBe(true);
        expect(line.send({ type: 'consent' })).toBe(false);
        expect(line.send({ type: 'ready', v: 1 })).toBe(false);
        await settle();
        expect(room.heard).toEqual([{ type: 'consent', given: true }]);
    });

    it('sends nothing before the room is ready or after the line is closed', async () => {
        open();
        expect(line.send({ type: 'leave' })).toBe(false);
        line.connect();
        await settle();
        line.close();
        expect(line.send({ type: 'leave' })).toBe(false);
        expect(line.isReady()).toBe(false);
    });

    it('starts anew with a new port after the frame has loaded again', async () => {
        await connect();
        line.connect();
        await settle();
        expect(room.offers).toHaveLength(2);
        expect(told.onReady).toHaveBeenCalledTimes(2);
        expect(line.send({ type: 'record' })).toBe(true);
        await settle();
        expect(room.heard).toEqual([{ type: 'record' }]);
    });

    it('answers an ask when the room shows that it was heard', async () => {
        await connect();
        const asked = line.ask({ type: 'end' }, ({ state }) => state === 'ended', 8000);
        room.say({ type: 'state', state: 'reconnecting' });
        room.say({ type: 'state', state: 'ended' });
        await expect(asked).resolves.toBe(true);
        await settle();
        expect(room.heard).toEqual([{ type: 'end' }]);
        expect(told.onMessage).toHaveBeenCalledTimes(2);
    });

    it('answers an ask with no when the room keeps silent for the time given', async () => {
        await connect();
        const asked = line.ask({ type: 'record' }, () => true, 8000);
        jest.advanceTimersByTime(8000);
        await expect(asked).resolves.toBe(false);
    });

    it('answers all asks with no when the line closes or cannot send', async () => {
        await connect();
        const open1 = line.ask({ type: 'record' }, () => true, 8000);
        line.close();
        await expect(open1).resolves.toBe(false);
        await expect(line.ask({ type: 'record' }, () => true, 8000)).resolves.toBe(false);
    });

    it('tries again when a room that was given up says that it is there', async () => {
        room.answers = false;
        open().connect();
        const hello = JSON.stringify({ chime: 'hello', v: 1 });
        windowMessage(hello, room.window, ORIGIN);
        expect(room.offers).toHaveLength(1);
        jest.advanceTimersByTime(40 * 500);
        expect(told.onSilent).toHaveBeenCalledTimes(1);
        windowMessage(hello, {}, ORIGIN);
        windowMessage(hello, room.window, 'https://evil.example');
        expect(room.offers).toHaveLength(40);
        room.answers = true;
        windowMessage(hello, room.window, ORIGIN);
        await settle();
        expect(room.offers).toHaveLength(41);
        expect(told.onReady).toHaveBeenCalledTimes(1);
    });

    it('lets no window message open, stop or steer the line', async () => {
        await connect();
        ['{"type":"state","state":"ended"}', CONNECT, '{"type":"ready","v":1}'].forEach((text) =>
            windowMessage(text, room.window, ORIGIN)
        );
        await settle();
        expect(told.onMessage).not.toHaveBeenCalled();
        expect(room.offers).toHaveLength(1);
        line.close();
        windowMessage('{"chime":"hello","v":1}', room.window, ORIGIN);
        expect(room.offers).toHaveLength(1);
    });
});
