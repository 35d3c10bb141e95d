import { createElement } from '@lwc/engine-dom';
import ChimeBridgeHealth from 'c/chimeBridgeHealth';
import report from '@salesforce/apex/ChimeHealthController.report';
import retry from '@salesforce/apex/ChimeHealthController.retry';

jest.mock('@salesforce/apex/ChimeHealthController.report', () => ({ default: jest.fn() }), { virtual: true });
jest.mock('@salesforce/apex/ChimeHealthController.retry', () => ({ default: jest.fn() }), { virtual: true });

const REPORT = require('./data/report.json');
const WELL = {
    bridges: [REPORT.bridges[0]],
    letters: [],
    openLetters: 0,
    setup: [REPORT.setup[0]]
};
const [OPEN, RETRYING] = REPORT.letters.map(({ id }) => id);

describe('c-chime-bridge-health', () => {
    let element;

    const find = (selector) => element.shadowRoot.querySelector(selector);
    const pass = (ms) => jest.advanceTimersByTimeAsync(ms);
    const button = (id) => find(`[data-letter="${id}"]`);

    async function create() {
        element = createElement('c-chime-bridge-health', { is: ChimeBridgeHealth });
        document.body.appendChild(element);
        await pass(0);
    }

    async function accessible() {
        jest.useRealTimers();
        await expect(element).toBeAccessible();
    }

    beforeEach(() => {
        jest.useFakeTimers();
        report.mockResolvedValue(REPORT);
    });

    afterEach(() => {
        document.body.replaceChildren();
        jest.useRealTimers();
        [report, retry].forEach((mock) => mock.mockReset());
    });

    it('shows each bridge with its lag, and a silent one as silent', async () => {
        await create();
        const row = find('tr[data-id="bridge-1"]');
        expect(row.textContent).toContain('c.Chime_Bridge_Ready');
        expect(row.textContent).toContain('1 sec');
        expect(row.textContent).toContain('24000');
        expect(row.querySelector('lightning-icon').alternativeText).toBe('c.Chime_Good');
        const silent = find('tr[data-id="bridge-2"]');
        expect(silent.textContent).toContain('c.Chime_Health_Silent');
        expect(silent.querySelector('lightning-icon').alternativeText).toBe('c.Chime_Warning');
        expect(find('[data-id="summary"]').textContent).toBe('c.Chime_Health_Attention');
        await accessible();
    });

    it('says that all is well only if it is', async () => {
        report.mockResolvedValue(WELL);
        await create();
        expect(find('[data-id="summary"]').textContent).toBe('c.Chime_Health_All_Well');
        expect(find('[data-id="no-letters"]')).not.toBeNull();
        await accessible();
    });

    it.each([
        ['no bridge', { bridges: [] }],
        ['a silent one alone', { bridges: [REPORT.bridges[1]] }],
        ['a degraded one alone', { bridges: [{ ...REPORT.bridges[0], state: 'Degraded' }] }],
        ['an open letter', { openLetters: 1 }],
        ['a missing switch', { setup: REPORT.setup }]
    ])('asks for attention with %s', async (_, change) => {
        report.mockResolvedValue({ ...WELL, ...change });
        await create();
        expect(find('[data-id="summary"]').textContent).toBe('c.Chime_Health_Attention');
    });

    it('calls it well only if every bridge in use is, and passes over one that was retired', async () => {
        const [one, other] = REPORT.bridges;
        report.mockResolvedValue({ ...WELL, bridges: [one, other] });
        await create();
        expect(find('[data-id="summary"]').textContent).toBe('c.Chime_Health_Attention');
        report.mockResolvedValue({ ...WELL, bridges: [one, { ...other, secondsSinceHeartbeat: 86401 }] });
        await pass(30000);
        expect(find('tr[data-id="bridge-2"]')).toBeNull();
        expect(find('[data-id="summary"]').textContent).toBe('c.Chime_Health_All_Well');
    });

    it('never passes over the only bridge', async () => {
        report.mockResolvedValue({ ...WELL, bridges: [{ ...REPORT.bridges[1], secondsSinceHeartbeat: 864000 }] });
        await create();
        expect(find('tr[data-id="bridge-2"]').textContent).toContain('c.Chime_Health_Silent');
        expect(find('[data-id="summary"]').textContent).toBe('c.Chime_Health_Attention');
    });

    it('says what to do where no bridge has ever reported', async () => {
        report.mockResolvedValue({ ...WELL, bridges: [], setup: [] });
        await create();
        expect(find('[data-id="no-bridges"]').textContent).toBe('c.Chime_Health_No_Bridges');
        await accessible();
    });

    it('names each switch of the set-up with its state', async () => {
        await create();
        const missing = find('li[data-id="Sender address"]');
        expect(missing.textContent).toContain('No sender address is set.');
        expect(missing.querySelector('lightning-icon').alternativeText).toBe('c.Chime_Warning');
        const good = find('li[data-id="Room address"]').querySelector('lightning-icon');
        expect(good.alternativeText).toBe('c.Chime_Good');
    });

    it('retries an open letter, once, and looks again', async () => {
        let done;
        retry.mockReturnValue(new Promise((resolve) => (done = resolve)));
        await create();
        expect(button(RETRYING)).toBeNull();
        button(OPEN).click();
        await pass(0);
        expect(retry).toHaveBeenCalledWith({ letterId: OPEN });
        expect(button(OPEN).disabled).toBe(true);
        report.mockResolvedValue({ ...REPORT, letters: [], openLetters: 0 });
        done();
        await pass(0);
        expect(report).toHaveBeenCalledTimes(2);
        expect(button(OPEN)).toBeNull();
    });

    it('tells why a retry was refused', async () => {
        const error = { body: { message: 'This dead letter is settled.' } };
        retry.mockRejectedValue(error);
        await create();
        button(OPEN).click();
        await pass(0);
        expect(find('c-chime-error-panel').errors).toContainEqual(error);
        expect(button(OPEN).disabled).toBe(false);
        await accessible();
    });

    it('looks every 30 seconds, on demand, and no more after it has left', async () => {
        await create();
        await pass(30000);
        expect(report).toHaveBeenCalledTimes(2);
        find('[data-id="refresh"]').click();
        await pass(0);
        expect(report).toHaveBeenCalledTimes(3);
        element.remove();
        await pass(120000);
        expect(report).toHaveBeenCalledTimes(3);
    });

    it('waits with a spinner, then tells of an error', async () => {
        const error = { body: { message: 'Only a Chime admin can do this.' } };
        let fail;
        report.mockReturnValue(new Promise((_, reject) => (fail = reject)));
        await create();
        expect(find('lightning-spinner')).not.toBeNull();
        fail(error);
        await pass(0);
        expect(find('lightning-spinner')).toBeNull();
        expect(find('c-chime-error-panel').errors).toContainEqual(error);
        await accessible();
    });
});
