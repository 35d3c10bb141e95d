import { createElement } from '@lwc/engine-dom';
import LightningConfirm from 'lightning/confirm';
import ChimePrivacy from 'c/chimePrivacy';
import find from '@salesforce/apex/ChimePrivacyController.find';
import exportPerson from '@salesforce/apex/ChimePrivacyController.exportPerson';
import erasePerson from '@salesforce/apex/ChimePrivacyController.erasePerson';

jest.mock('@salesforce/apex/ChimePrivacyController.find', () => ({ default: jest.fn() }), { virtual: true });
jest.mock('@salesforce/apex/ChimePrivacyController.exportPerson', () => ({ default: jest.fn() }), { virtual: true });
jest.mock('@salesforce/apex/ChimePrivacyController.erasePerson', () => ({ default: jest.fn() }), { virtual: true });
jest.mock('@salesforce/apex/ChimeScheduleController.find', () => ({ default: jest.fn() }), { virtual: true });

const TRACES = require('./data/traces.json');
const ZOE = { kind: 'Contact', recordId: '0035e000002CoNtAAK', name: 'Zoë Li', email: 'zoe@example.com' };
const MAIL = { kind: 'Email', recordId: null, name: 'zoe@example.com', email: 'zoe@example.com' };

describe('c-chime-privacy', () => {
    let element;

    const one = (selector) => element.shadowRoot.querySelector(selector);
    const told = () => one('[data-id="told"]').textContent;
    const panel = () => one('c-chime-error-panel');

    async function settle() {
        for (let turn = 0; turn < 8; turn += 1) {
            // eslint-disable-next-line no-await-in-loop -- each turn lets one more promise of the component go on
            await Promise.resolve();
        }
    }

    async function pick(person) {
        one('c-chime-person-search').dispatchEvent(new CustomEvent('pick', { detail: person }));
        await settle();
    }

    async function click(id) {
        one(`[data-id="${id}"]`).click();
        await settle();
    }

    beforeEach(() => {
        find.mockResolvedValue(TRACES);
        element = createElement('c-chime-privacy', { is: ChimePrivacy });
        document.body.appendChild(element);
    });

    afterEach(() => {
        document.body.replaceChildren();
        jest.restoreAllMocks();
        [find, exportPerson, erasePerson, LightningConfirm.open].forEach((mock) => mock.mockReset());
    });

    it('offers nothing before a person is chosen', async () => {
        await settle();
        expect(find).not.toHaveBeenCalled();
        expect(one('table')).toBeNull();
        expect(one('[data-id="erase"]')).toBeNull();
        await expect(element).toBeAccessible();
    });

    it('shows every place that names the person', async () => {
        await pick(ZOE);
        expect(find).toHaveBeenCalledWith({ kind: 'Contact', value: ZOE.recordId });
        const rows = [...element.shadowRoot.querySelectorAll('tbody tr')];
        expect(rows).toHaveLength(2);
        expect(rows[0].textContent).toContain('MTG-000007');
        expect(rows[1].textContent).toContain('Hello from Zoë');
        expect(told()).toBe('c.Chime_Privacy_Found');
        await expect(element).toBeAccessible();
    });

    it('asks by the address for a plain address', async () => {
        await pick(MAIL);
        expect(find).toHaveBeenCalledWith({ kind: 'Email', value: 'zoe@example.com' });
    });

    it('says that nothing is stored', async () => {
        find.mockResolvedValue([]);
        await pick(ZOE);
        expect(told()).toBe('c.Chime_Privacy_Nothing');
        expect(one('[data-id="export"]')).toBeNull();
        await expect(element).toBeAccessible();
    });

    it('hands the data out as a JSON file, and lets the browser forget it', async () => {
        jest.useFakeTimers();
        exportPerson.mockResolvedValue('{"person":"Zoë"}');
        const blobs = [];
        URL.createObjectURL = jest.fn((blob) => blobs.push(blob) && 'blob:one');
        URL.revokeObjectURL = jest.fn();
        const clicked = [];
        jest.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function () {
            clicked.push([this.href, this.download]);
        });
        await pick(ZOE);
        await click('export');
        expect(exportPerson).toHaveBeenCalledWith({ kind: 'Contact', value: ZOE.recordId });
        expect(blobs[0].type).toBe('application/json');
        expect(clicked).toEqual([['blob:one', 'chime-person.json']]);
        expect(URL.revokeObjectURL).not.toHaveBeenCalled();
        jest.advanceTimersByTime(10000);
        jest.useRealTimers();
        expect(URL.revokeObjectURL).toHaveBeenCalledWith('blob:one');
        expect(told()).toBe('c.Chime_Privacy_Exported');
    });

    it('erases only after confirmation, and shows what is left', async () => {
        LightningConfirm.open.mockResolvedValueOnce(false).mockResolvedValueOnce(true);
        erasePerson.mockResolvedValue(2);
        await pick(ZOE);
        await click('erase');
        expect(erasePerson).not.toHaveBeenCalled();
        find.mockResolvedValue([]);
        await click('erase');
        expect(erasePerson).toHaveBeenCalledWith({ kind: 'Contact', value: ZOE.recordId });
        expect(told()).toBe('c.Chime_Privacy_Erased_Count');
        expect(one('table')).toBeNull();
    });

    it('says that more remains when not everything could be erased at once, but not for the log', async () => {
        LightningConfirm.open.mockResolvedValue(true);
        erasePerson.mockResolvedValue(1000);
        await pick(ZOE);
        find.mockResolvedValueOnce(TRACES);
        await click('erase');
        expect(told()).toBe('c.Chime_Privacy_More');
        expect(one('[data-id="erase"]')).not.toBeNull();
        find.mockResolvedValueOnce(TRACES.filter((trace) => trace.kind === 'Log'));
        await click('erase');
        expect(told()).toBe('c.Chime_Privacy_Erased_Count');
    });

    it('shows nothing of the one before when the look for the next fails, and looks again', async () => {
        await pick(ZOE);
        find.mockRejectedValueOnce(new Error('Out of reach'));
        await pick(MAIL);
        expect(one('table')).toBeNull();
        expect(one('[data-id="erase"]')).toBeNull();
        expect(told()).toBe('');
        expect(panel().retryable).toBe(true);
        panel().dispatchEvent(new CustomEvent('retry'));
        await settle();
        expect(find).toHaveBeenLastCalledWith({ kind: 'Email', value: 'zoe@example.com' });
        expect(one('table')).not.toBeNull();
    });

    it('says that it has erased although the look after it fails', async () => {
        LightningConfirm.open.mockResolvedValue(true);
        erasePerson.mockResolvedValue(2);
        await pick(ZOE);
        find.mockRejectedValue(new Error('Out of reach'));
        await click('erase');
        expect(told()).toBe('c.Chime_Privacy_Erased_Count');
        expect(one('table')).toBeNull();
        expect(element.shadowRoot.activeElement).toBe(one('[data-id="told"]'));
    });

    it('waits with a spinner, and tells of a refusal', async () => {
        const error = { body: { message: 'Only a Chime admin can do this.' } };
        let fail;
        find.mockReturnValue(new Promise((_, reject) => (fail = reject)));
        await pick(ZOE);
        expect(one('lightning-spinner')).not.toBeNull();
        fail(error);
        await settle();
        expect(one('lightning-spinner')).toBeNull();
        expect(panel().errors).toEqual(error);
        await expect(element).toBeAccessible();
    });
});
