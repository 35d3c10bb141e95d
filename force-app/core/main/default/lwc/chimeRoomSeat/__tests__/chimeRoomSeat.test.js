import { seatKeeper } from 'c/chimeRoomSeat';
import enter from '@salesforce/apex/ChimeRoomController.enter';

jest.mock('@salesforce/apex/ChimeRoomController.enter', () => ({ default: jest.fn() }), { virtual: true });

const ID = 'a015e00000AbCdEAAV';
const ORIGIN = 'https://room.example.com';
const KEY = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8';
const PROOF = 'W_mKck7Uw2rGhUkEzup4JECJ3PiQxTRZ8_DMK5u-sow';
const ENTRY = { roomUrl: `${ORIGIN}/room`, key: KEY, hostExpires: 4102444800, hostProof: PROOF, justIssued: true };
const SEAT = { origin: ORIGIN, key: KEY, hostExpires: 4102444800, hostProof: PROOF, justIssued: true };

describe('chimeRoomSeat', () => {
    let keeper;

    beforeEach(() => {
        jest.useFakeTimers();
        jest.spyOn(window, 'open').mockReturnValue(null);
        window.isSecureContext = true;
        enter.mockReset();
        enter.mockResolvedValue(ENTRY);
        keeper = seatKeeper();
    });

    afterEach(() => {
        jest.useRealTimers();
        jest.restoreAllMocks();
    });

    it('holds what Apex gives, with the room’s origin, until it is told to forget it', async () => {
        await expect(keeper.ask(ID)).resolves.toEqual({ seat: SEAT });
        expect(enter.mock.calls).toEqual([[{ meetingId: ID }]]);
        expect(keeper.held()).toEqual(SEAT);
        keeper.forget();
        expect(keeper.held()).toBeNull();
        expect(keeper.origin()).toBe(ORIGIN);
    });

    it.each([
        ['address', 'http://room.example.com', true],
        ['address', '', true],
        ['page', ORIGIN, false]
    ])('holds nothing where the check finds: %s (%s)', async (code, roomUrl, isSecure) => {
        window.isSecureContext = isSecure;
        enter.mockResolvedValue({ ...ENTRY, roomUrl });
        await expect(keeper.ask(ID)).resolves.toEqual({ codes: [code] });
        expect(keeper.held()).toBeNull();
        expect(keeper.origin()).toBeNull();
    });

    it('tells why Apex refused', async () => {
        const error = { body: { message: 'Your key is not there.' } };
        enter.mockRejectedValue(error);
        await expect(keeper.ask(ID)).resolves.toEqual({ error });
        expect(keeper.held()).toBeNull();
    });

    it.each([
        ['an answer', (settle) => settle.resolve(ENTRY)],
        ['a refusal', (settle) => settle.reject(new Error('late'))]
    ])('drops %s that comes after the seat was forgotten', async (_, come) => {
        const settle = {};
        enter.mockReturnValue(new Promise((resolve, reject) => Object.assign(settle, { resolve, reject })));
        const asked = keeper.ask(ID);
        keeper.forget();
        come(settle);
        await expect(asked).resolves.toBeNull();
        expect(keeper.held()).toBeNull();
    });

    it('counts the later of two answers, whichever comes first', async () => {
        let late;
        enter.mockReturnValueOnce(new Promise((resolve) => (late = resolve)));
        const first = keeper.ask(ID);
        await keeper.ask(ID);
        late({ ...ENTRY, key: 'old' });
        await expect(first).resolves.toBeNull();
        expect(keeper.held()).toEqual(SEAT);
    });

    describe('in a window of its own', () => {
        const open = (fields) => keeper.openWindow({ ...SEAT, ...fields });

        it.each([
            [true, '.new'],
            [false, ''],
            [undefined, '']
        ])('opens by the key in the fragment; just issued: %s', (justIssued, ending) => {
            open({ justIssued });
            const link = `${ORIGIN}/#${KEY}${ending}`;
            expect(window.open.mock.calls).toEqual([[link, '_blank', 'noopener,noreferrer']]);
        });

        it('keeps the key without host power, for a minute', () => {
            open();
            expect(keeper.held()).toEqual({ origin: ORIGIN, key: KEY, justIssued: true });
            jest.advanceTimersByTime(59999);
            expect(keeper.held()).not.toBeNull();
            jest.advanceTimersByTime(1);
            expect(keeper.held()).toBeNull();
        });

        it('begins that minute anew with each window', () => {
            open();
            jest.advanceTimersByTime(50000);
            open();
            jest.advanceTimersByTime(50000);
            expect(keeper.held()).not.toBeNull();
        });

        it('does not forget after that minute what was asked for in it', async () => {
            open();
            await keeper.ask(ID);
            jest.advanceTimersByTime(60000);
            expect(keeper.held()).toEqual(SEAT);
        });
    });
});
