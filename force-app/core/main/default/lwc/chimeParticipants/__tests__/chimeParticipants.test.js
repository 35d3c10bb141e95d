import { createElement } from '@lwc/engine-dom';
import LightningConfirm from 'lightning/confirm';
import { takePlace, tell } from 'c/chimeRoomNews';
import ChimeParticipants from 'c/chimeParticipants';
import people from '@salesforce/apex/ChimeParticipantsController.people';
import removeParticipant from '@salesforce/apex/ChimeRoomController.removeParticipant';

jest.mock('@salesforce/apex/ChimeParticipantsController.people', () => ({ default: jest.fn() }), { virtual: true });
jest.mock('@salesforce/apex/ChimeRoomController.removeParticipant', () => ({ default: jest.fn() }), { virtual: true });

const LIST = require('./data/people.json');
const ID = 'a015e00000AbCdEAAV';
const [HOST, GUEST, GONE] = LIST.people.map(({ id }) => id);
const person = (seat, name, more = {}) => ({
    seat,
    name,
    role: 'guest',
    muted: false,
    speaking: false,
    self: false,
    ...more
});

describe('c-chime-participants', () => {
    let element;
    let release = () => {};

    const find = (selector) => element.shadowRoot.querySelector(selector);
    const row = (id) => find(`tr[data-id="${id}"]`);
    const cells = (id) => [...row(id).querySelectorAll('td')].map((cell) => cell.textContent);
    const pass = (ms) => jest.advanceTimersByTimeAsync(ms);

    async function create(recordId = ID) {
        element = createElement('c-chime-participants', { is: ChimeParticipants });
        element.recordId = recordId;
        document.body.appendChild(element);
        await pass(0);
    }

    async function accessible() {
        jest.useRealTimers();
        await expect(element).toBeAccessible();
    }

    function openRoom(ask = jest.fn().mockResolvedValue(false)) {
        release = takePlace(ID, { leave: jest.fn(), ask });
        return ask;
    }

    beforeEach(() => {
        jest.useFakeTimers();
        people.mockResolvedValue(LIST);
    });

    afterEach(() => {
        document.body.replaceChildren();
        release();
        jest.useRealTimers();
        [people, removeParticipant, LightningConfirm.open].forEach((mock) => mock.mockReset());
    });

    it('shows who, when, how long, with how many connections and what consent', async () => {
        await create();
        expect(people).toHaveBeenCalledWith({ meetingId: ID });
        const [status, consent, joined, left, present, connections] = cells(GUEST);
        expect(row(GUEST).querySelector('th').textContent).toContain('Zoë Li');
        expect(row(GUEST).querySelector('th').textContent).toContain('c.Chime_Role_Guest');
        expect(status).toContain('c.Chime_Seat_Left');
        expect(consent).toBe('c.Chime_Consent_Not_Asked');
        expect(joined).toContain('2026');
        expect(left).toContain('2026');
        expect(present).toBe('21 min 40 sec');
        expect(connections).toBe('c.Chime_People_Reconnected');
        expect(row(HOST).querySelector('th').textContent).toContain('c.Chime_People_You');
        expect(cells(HOST)[5]).toBe('1');
        expect(cells(GONE)[4]).toBe('');
        expect(cells(GONE)[5]).toBe('');
        await accessible();
    });

    it('can be scrolled by keyboard where the column is narrow', async () => {
        await create();
        const region = find('table').parentElement;
        expect(region.className).toBe('slds-scrollable_x');
        expect(region.getAttribute('tabindex')).toBe('0');
        expect(region.getAttribute('aria-label')).toBe('c.Chime_People_Title');
    });

    it('says that nobody has a seat yet', async () => {
        people.mockResolvedValue({ isFinal: false, mayControl: false, people: [] });
        await create();
        expect(find('[data-id="empty"]')).not.toBeNull();
        expect(find('table')).toBeNull();
        await accessible();
    });

    it('waits with a spinner', async () => {
        people.mockReturnValue(new Promise(() => {}));
        await create();
        expect(find('lightning-spinner')).not.toBeNull();
        await accessible();
    });

    it('does nothing while it stands on no record', async () => {
        await create(null);
        await pass(60000);
        expect(people).not.toHaveBeenCalled();
    });

    it('looks every 5 seconds while the meeting is not final, then no more', async () => {
        await create();
        await pass(5000);
        expect(people).toHaveBeenCalledTimes(2);
        people.mockResolvedValue({ ...LIST, isFinal: true });
        await pass(5000);
        await pass(60000);
        expect(people).toHaveBeenCalledTimes(3);
        expect(find('[data-id="remove"]')).toBeNull();
    });

    it('does not look while the tab is hidden', async () => {
        await create();
        const hidden = jest.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
        document.dispatchEvent(new Event('visibilitychange'));
        await pass(60000);
        expect(people).toHaveBeenCalledTimes(1);
        hidden.mockRestore();
        document.dispatchEvent(new Event('visibilitychange'));
        await pass(0);
        expect(people).toHaveBeenCalledTimes(2);
    });

    it('stops looking when it leaves the page', async () => {
        await create();
        element.remove();
        await pass(60000);
        expect(people).toHaveBeenCalledTimes(1);
    });

    it('keeps what it has and tells of an error, and looks again on demand', async () => {
        await create();
        const error = { body: { message: 'No access' } };
        people.mockRejectedValueOnce(error);
        await pass(5000);
        expect(find('c-chime-error-panel').errors).toContainEqual(error);
        expect(row(GUEST)).not.toBeNull();
        find('[data-id="refresh"]').click();
        await pass(0);
        expect(find('c-chime-error-panel').errors).toEqual([undefined, undefined]);
        await accessible();
    });

    it('starts over for another record and drops the answer for the earlier one', async () => {
        let late;
        people.mockReturnValueOnce(new Promise((resolve) => (late = resolve)));
        await create();
        people.mockResolvedValue({ ...LIST, people: [] });
        element.recordId = 'a015e00000AbCdFAAV';
        late(LIST);
        await pass(0);
        expect(people).toHaveBeenLastCalledWith({ meetingId: 'a015e00000AbCdFAAV' });
        expect(find('[data-id="empty"]')).not.toBeNull();
    });

    describe('with the room on the same page', () => {
        it('knows at once who is there, whatever the record says', async () => {
            openRoom();
            await create();
            tell(ID, { kind: 'roster', people: [person(GUEST, 'Zoë Li', { muted: true })] });
            await pass(0);
            expect(cells(GUEST)[0]).toContain('c.Chime_Seat_In_Meeting');
            expect(cells(GUEST)[3]).toBe('');
            expect(cells(HOST)[0]).toContain('c.Chime_Seat_Left');
            expect(row(GUEST).querySelector('lightning-icon').alternativeText).toBe('c.Chime_People_Muted');
            tell(ID, { kind: 'roster', people: [person(GUEST, 'Zoë Li', { speaking: true })] });
            await pass(0);
            expect(row(GUEST).querySelector('lightning-icon').alternativeText).toBe('c.Chime_People_Speaking');
            await accessible();
        });

        it('asks the record when somebody comes or goes, not when somebody speaks, else every 30 seconds', async () => {
            openRoom();
            await create();
            tell(ID, { kind: 'roster', people: [person(HOST, 'Ada Berg')] });
            await pass(0);
            expect(people).toHaveBeenCalledTimes(2);
            tell(ID, { kind: 'roster', people: [person(HOST, 'Ada Berg', { speaking: true })] });
            await pass(0);
            expect(people).toHaveBeenCalledTimes(2);
            tell(ID, { kind: 'roster', people: [person(HOST, 'Ada Berg'), person(GUEST, 'Zoë Li')] });
            await pass(0);
            expect(people).toHaveBeenCalledTimes(3);
            await pass(29999);
            expect(people).toHaveBeenCalledTimes(3);
            await pass(1);
            expect(people).toHaveBeenCalledTimes(4);
        });

        it('tells a screen reader who came and who went', async () => {
            openRoom();
            await create();
            tell(ID, { kind: 'roster', people: [person(HOST, 'Ada Berg')] });
            await pass(0);
            expect(find('[data-id="told"]').textContent).toBe('');
            tell(ID, { kind: 'roster', people: [person(GUEST, 'Zoë Li')] });
            await pass(0);
            expect(find('[data-id="told"]').textContent).toBe('c.Chime_People_Came_In c.Chime_People_Went_Out');
        });

        it('asks the record when the consent may have changed', async () => {
            await create();
            tell(ID, { kind: 'recording', state: 'Starting', consent: 'Given' });
            await pass(0);
            expect(people).toHaveBeenCalledTimes(2);
        });

        it('believes the record again when the room has closed', async () => {
            openRoom();
            await create();
            tell(ID, { kind: 'roster', people: [] });
            await pass(0);
            expect(cells(HOST)[0]).toContain('c.Chime_Seat_Left');
            release();
            await pass(0);
            expect(cells(HOST)[0]).toContain('c.Chime_Seat_In_Meeting');
            const before = people.mock.calls.length;
            await pass(5000);
            expect(people).toHaveBeenCalledTimes(before + 1);
        });
    });

    describe('removing', () => {
        const remove = (id) => row(id).querySelector('[data-id="remove"]');

        it('is for those who control the meeting, and not for oneself or one who is removed', async () => {
            await create();
            expect(remove(GUEST)).not.toBeNull();
            expect(remove(HOST)).toBeNull();
            expect(remove(GONE)).toBeNull();
            people.mockResolvedValue({ ...LIST, mayControl: false });
            await pass(5000);
            expect(remove(GUEST)).toBeNull();
        });

        it('does nothing without confirmation', async () => {
            LightningConfirm.open.mockResolvedValue(false);
            await create();
            remove(GUEST).click();
            await pass(0);
            expect(removeParticipant).not.toHaveBeenCalled();
        });

        it('goes through the room when it is open, which costs no event', async () => {
            LightningConfirm.open.mockResolvedValue(true);
            const ask = openRoom(jest.fn().mockResolvedValue(true));
            await create();
            remove(GUEST).click();
            await pass(0);
            expect(ask).toHaveBeenCalledWith({ type: 'remove', seat: GUEST });
            expect(removeParticipant).not.toHaveBeenCalled();
            expect(people).toHaveBeenCalledTimes(2);
        });

        it('goes through Apex when no room does it, and tells of a refusal', async () => {
            LightningConfirm.open.mockResolvedValue(true);
            const error = { body: { message: 'Only the host can do this.' } };
            removeParticipant.mockRejectedValue(error);
            openRoom();
            await create();
            remove(GUEST).click();
            await pass(0);
            expect(removeParticipant).toHaveBeenCalledWith({ participantId: GUEST });
            expect(find('c-chime-error-panel').errors).toContainEqual(error);
            expect(remove(GUEST).disabled).toBe(false);
        });

        it('is for the meeting on which it was asked, not for the next one', async () => {
            let answer;
            LightningConfirm.open.mockReturnValue(new Promise((resolve) => (answer = resolve)));
            const ask = openRoom();
            const other = jest.fn().mockResolvedValue(true);
            const leaveOther = takePlace('a015e00000AbCdFAAV', { leave: jest.fn(), ask: other });
            removeParticipant.mockRejectedValue(new Error('late'));
            await create();
            remove(GUEST).click();
            await pass(0);
            element.recordId = 'a015e00000AbCdFAAV';
            answer(true);
            await pass(0);
            leaveOther();
            expect(other).not.toHaveBeenCalled();
            expect(ask).toHaveBeenCalledWith({ type: 'remove', seat: GUEST });
            expect(removeParticipant).toHaveBeenCalledWith({ participantId: GUEST });
            expect(find('c-chime-error-panel').errors).toEqual([undefined, undefined]);
        });

        it('leaves the keyboard on the count of people', async () => {
            LightningConfirm.open.mockResolvedValue(true);
            await create();
            remove(GUEST).click();
            await pass(0);
            expect(element.shadowRoot.activeElement).toBe(find('[data-id="summary"]'));
        });

        it('is not asked for twice', async () => {
            LightningConfirm.open.mockResolvedValue(true);
            removeParticipant.mockReturnValue(new Promise(() => {}));
            await create();
            remove(GUEST).click();
            await pass(0);
            expect(remove(GUEST).disabled).toBe(true);
        });
    });
});
