import { giveCommand, rights } from 'c/chimeRoomCommands';
import endMeeting from '@salesforce/apex/ChimeRoomController.endMeeting';
import startRecording from '@salesforce/apex/ChimeRoomController.startRecording';
import stopRecording from '@salesforce/apex/ChimeRoomController.stopRecording';

jest.mock('@salesforce/apex/ChimeRoomController.endMeeting', () => ({ default: jest.fn() }), { virtual: true });
jest.mock('@salesforce/apex/ChimeRoomController.startRecording', () => ({ default: jest.fn() }), { virtual: true });
jest.mock('@salesforce/apex/ChimeRoomController.stopRecording', () => ({ default: jest.fn() }), { virtual: true });

const ID = 'a015e00000AbCdEAAV';
const APEX = { record: startRecording, stop: stopRecording, end: endMeeting };
const LIVE = { isFinal: false, status: 'Live', mayRecord: true, mayControl: true };
const NONE = { record: false, stop: false, end: false };

describe('chimeRoomCommands', () => {
    afterEach(() => Object.values(APEX).forEach((apex) => apex.mockReset()));

    describe('rights', () => {
        it.each([
            ['None', 'record'],
            ['Stopped', 'record'],
            ['Preparing', 'stop'],
            ['Waiting for consent', 'stop'],
            ['Starting', 'stop'],
            ['Recording', 'stop']
        ])('while the recording is %s it is to %s', (state, type) => {
            expect(rights(LIVE, state)).toEqual({ ...NONE, end: true, [type]: true });
        });

        it.each([
            ['a meeting not read yet', undefined],
            ['one that is over', { ...LIVE, status: 'Ended', isFinal: true }],
            ['one to come', { ...LIVE, status: 'Scheduled' }],
            ['one of others', { ...LIVE, mayRecord: false, mayControl: false }]
        ])('nothing in %s', (_, meeting) => {
            expect(rights(meeting, 'None')).toEqual(NONE);
        });

        it('who may not control may record all the same', () => {
            expect(rights({ ...LIVE, mayControl: false }, 'None')).toEqual({ ...NONE, record: true });
        });
    });

    describe('a command', () => {
        const give = (type, answer, isOver = false) => {
            const ask = jest.fn().mockResolvedValue(answer);
            return giveCommand(type, ID, { ask, isOver: () => isOver }).then(() => ask);
        };

        it.each(Object.keys(APEX))('%s spares Apex when the room has heard it', async (type) => {
            const ask = await give(type, true);
            expect(ask.mock.calls[0][0]).toEqual({ type });
            Object.values(APEX).forEach((apex) => expect(apex).not.toHaveBeenCalled());
        });

        it.each(Object.keys(APEX))('%s goes through Apex when there is no room, or a silent one', async (type) => {
            await give(type, false);
            const called = Object.keys(APEX).filter((one) => APEX[one].mock.calls.length > 0);
            expect(called).toEqual([type]);
            expect(APEX[type]).toHaveBeenCalledWith({ meetingId: ID });
        });

        it('is needless once the meeting is over', async () => {
            await give('end', false, true);
            expect(endMeeting).not.toHaveBeenCalled();
        });

        it('fails as Apex does', async () => {
            startRecording.mockRejectedValue(new Error('Only the host can do this.'));
            await expect(give('record', false)).rejects.toThrow('Only the host');
        });

        it.each([
            ['record', { type: 'recording', state: 'Preparing' }, { type: 'recording', state: 'Stopped' }],
            ['stop', { type: 'recording', state: 'Stopped' }, { type: 'recording', state: 'Recording' }],
            ['end', { type: 'state', state: 'ended' }, { type: 'state', state: 'left' }]
        ])('%s is heard by what the room shows', async (type, heard, other) => {
            const [, isHeard] = (await give(type, true)).mock.calls[0];
            expect(isHeard(heard)).toBe(true);
            expect(isHeard(other)).toBe(false);
            expect(isHeard({ type: 'roster', people: [] })).toBe(false);
        });
    });
});
