import { askRoom, listen, markStarted, takePlace, takeStarted, tell } from 'c/chimeRoomNews';

const MEETING = 'a015e00000AbCdEAAV';
const OTHER = 'a015e00000AbCdFAAV';

function roomOf() {
    return { leave: jest.fn(), ask: jest.fn().mockResolvedValue(true) };
}

describe('chimeRoomNews', () => {
    it('tells those who listen to this meeting, and nobody else', () => {
        const here = jest.fn();
        const there = jest.fn();
        const stops = [listen(MEETING, here), listen(OTHER, there)];
        tell(MEETING, { kind: 'room', state: 'in' });
        expect(here).toHaveBeenCalledWith({ kind: 'room', state: 'in' });
        expect(there).not.toHaveBeenCalled();
        stops.forEach((stop) => stop());
        tell(MEETING, { kind: 'room', state: 'left' });
        expect(here).toHaveBeenCalledTimes(1);
    });

    it('tells one who comes late the present roster, until the room has closed', () => {
        const release = takePlace(MEETING, roomOf());
        tell(MEETING, { kind: 'roster', people: [] });
        const late = jest.fn();
        listen(MEETING, late)();
        expect(late).toHaveBeenCalledWith({ kind: 'roster', people: [] });
        release();
        const later = jest.fn();
        listen(MEETING, later)();
        expect(later).not.toHaveBeenCalled();
    });

    it('lets one room at a time hold the seat: the earlier one is asked to leave', () => {
        const first = roomOf();
        const second = roomOf();
        const heard = jest.fn();
        const stop = listen(MEETING, heard);
        const releaseFirst = takePlace(MEETING, first);
        const releaseSecond = takePlace(MEETING, second);
        expect(first.leave).toHaveBeenCalledTimes(1);
        expect(second.leave).not.toHaveBeenCalled();
        releaseFirst();
        expect(heard).not.toHaveBeenCalled();
        releaseSecond();
        expect(heard).toHaveBeenCalledWith({ kind: 'closed' });
        stop();
    });

    it('hands a command to the room that is open, and says no where none is', async () => {
        const room = roomOf();
        const release = takePlace(MEETING, room);
        await expect(askRoom(MEETING, { type: 'remove', seat: 's' })).resolves.toBe(true);
        expect(room.ask).toHaveBeenCalledWith({ type: 'remove', seat: 's' });
        await expect(askRoom(OTHER, { type: 'remove', seat: 's' })).resolves.toBe(false);
        release();
        await expect(askRoom(MEETING, { type: 'remove', seat: 's' })).resolves.toBe(false);
    });

    it('remembers a meeting started here for the first who asks', () => {
        markStarted(MEETING);
        expect(takeStarted(OTHER)).toBe(false);
        expect(takeStarted(MEETING)).toBe(true);
        expect(takeStarted(MEETING)).toBe(false);
    });

    it('forgets after a minute that a meeting was started here', () => {
        const clock = jest.spyOn(Date, 'now').mockReturnValue(1000);
        markStarted(MEETING);
        clock.mockReturnValue(61000);
        expect(takeStarted(MEETING)).toBe(false);
        clock.mockRestore();
    });
});
