import { createElement } from '@lwc/engine-dom';
import ChimePersonSearch from 'c/chimePersonSearch';
import find from '@salesforce/apex/ChimeScheduleController.find';

jest.mock('@salesforce/apex/ChimeScheduleController.find', () => ({ default: jest.fn() }), { virtual: true });

const PEOPLE = require('./data/people.json');

describe('c-chime-person-search', () => {
    let element;
    let picked;

    const one = (selector) => element.shadowRoot.querySelector(selector);
    const all = (selector) => [...element.shadowRoot.querySelectorAll(selector)];
    const pass = (ms) => jest.advanceTimersByTimeAsync(ms);

    async function type(value) {
        one('lightning-input').dispatchEvent(new CustomEvent('change', { detail: { value } }));
        await pass(300);
    }

    beforeEach(() => {
        jest.useFakeTimers();
        find.mockResolvedValue(PEOPLE);
        element = createElement('c-chime-person-search', { is: ChimePersonSearch });
        element.label = 'Invite';
        picked = jest.fn();
        element.addEventListener('pick', (event) => picked(event.detail));
        document.body.appendChild(element);
    });

    afterEach(() => {
        document.body.replaceChildren();
        jest.useRealTimers();
        find.mockReset();
    });

    async function accessible() {
        jest.useRealTimers();
        await expect(element).toBeAccessible();
    }

    it('shows one named field and nothing else', async () => {
        await pass(0);
        expect(one('lightning-input').label).toBe('Invite');
        expect(one('ul')).toBeNull();
        await accessible();
    });

    it('searches once the typing pauses, from two letters on', async () => {
        await type('A');
        expect(find).not.toHaveBeenCalled();
        one('lightning-input').dispatchEvent(new CustomEvent('change', { detail: { value: 'Ad' } }));
        await pass(299);
        await type(' Ada ');
        expect(find.mock.calls).toEqual([[{ term: 'Ada' }]]);
        expect(all('button').map((button) => button.textContent)).toEqual([
            'Ada Bergc.Chime_Person_User · ada@example.com',
            'Ada Lundc.Chime_Person_Contact'
        ]);
        expect(one('[data-id="count"]').textContent).toBe('c.Chime_Search_Count');
        await accessible();
    });

    it('hands on the one that is picked, and is ready for the next', async () => {
        await type('Ada');
        all('button')[1].click();
        await pass(0);
        expect(picked).toHaveBeenCalledWith(PEOPLE[1]);
        expect(one('ul')).toBeNull();
        expect(one('lightning-input').value).toBe('');
    });

    it('offers a plain address after the people it found', async () => {
        await type('eve@example.org');
        expect(all('button')).toHaveLength(3);
        all('button')[2].click();
        expect(picked).toHaveBeenCalledWith({
            kind: 'Email',
            recordId: null,
            name: 'eve@example.org',
            email: 'eve@example.org'
        });
    });

    it('offers no text that is no address', async () => {
        find.mockResolvedValue([]);
        await type('eve@example');
        expect(all('button')).toHaveLength(0);
        expect(one('[data-id="count"]').textContent).toBe('c.Chime_Search_Count');
    });

    it('takes the only one found on Enter, and none of several', async () => {
        const enter = () => one('lightning-input').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter' }));
        await type('Ada');
        enter();
        expect(picked).not.toHaveBeenCalled();
        find.mockResolvedValue([PEOPLE[0]]);
        await type('Ada B');
        one('lightning-input').dispatchEvent(new KeyboardEvent('keydown', { key: 'a' }));
        expect(picked).not.toHaveBeenCalled();
        enter();
        expect(picked).toHaveBeenCalledWith(PEOPLE[0]);
    });

    it('drops the answer to an earlier term', async () => {
        let late;
        find.mockReturnValueOnce(new Promise((resolve) => (late = resolve)));
        await type('Ada');
        find.mockResolvedValue([PEOPLE[1]]);
        await type('Ada L');
        late(PEOPLE);
        await pass(0);
        expect(all('button')).toHaveLength(1);
    });

    it('tells of an error, and still takes an address', async () => {
        const error = { body: { message: 'No access' } };
        find.mockRejectedValue(error);
        await type('eve@example.org');
        expect(one('c-chime-error-panel').errors).toEqual(error);
        expect(all('button')).toHaveLength(1);
        await accessible();
    });

    it('searches no more after it has left the page', async () => {
        one('lightning-input').dispatchEvent(new CustomEvent('change', { detail: { value: 'Ada' } }));
        element.remove();
        await pass(1000);
        expect(find).not.toHaveBeenCalled();
    });
});
