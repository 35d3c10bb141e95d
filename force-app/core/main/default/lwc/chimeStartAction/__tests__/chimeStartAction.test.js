import { createElement } from '@lwc/engine-dom';
import { forget, went } from 'lightning/navigation';
import Toast from 'lightning/toast';
import { takeStarted } from 'c/chimeRoomNews';
import ChimeStartAction from 'c/chimeStartAction';
import start from '@salesforce/apex/ChimeStartController.start';

jest.mock('@salesforce/apex/ChimeStartController.start', () => ({ default: jest.fn() }), { virtual: true });

const RECORD = '0015e000003AbCdAAK';
const MEETING = 'a015e00000NewOneAAV';

describe('c-chime-start-action', () => {
    let element;

    beforeEach(() => {
        element = createElement('c-chime-start-action', { is: ChimeStartAction });
        element.recordId = RECORD;
        document.body.appendChild(element);
    });

    afterEach(() => {
        document.body.replaceChildren();
        jest.resetAllMocks();
        forget();
    });

    it('starts a meeting with the proposed subject and opens it', async () => {
        start.mockResolvedValue({ meetingId: MEETING });
        await element.invoke();
        expect(start).toHaveBeenCalledWith({ recordId: RECORD, subject: null });
        expect(takeStarted(MEETING)).toBe(true);
        expect(went[0].attributes.recordId).toBe(MEETING);
        expect(Toast.show).not.toHaveBeenCalled();
        await expect(element).toBeAccessible();
    });

    it('starts one meeting although it is invoked twice, and another one later', async () => {
        let done;
        start.mockReturnValueOnce(new Promise((resolve) => (done = resolve)));
        start.mockResolvedValue({ meetingId: MEETING });
        const first = element.invoke();
        await element.invoke();
        expect(start).toHaveBeenCalledTimes(1);
        done({ meetingId: MEETING });
        await first;
        await element.invoke();
        expect(start).toHaveBeenCalledTimes(2);
    });

    it('tells why it did not start, until the user closes it', async () => {
        start.mockRejectedValue({ body: { message: 'Ask an admin.' } });
        await element.invoke();
        expect(Toast.show.mock.calls[0][0]).toEqual({
            label: 'c.Chime_Start_Failed',
            message: 'Ask an admin.',
            variant: 'error',
            mode: 'sticky'
        });
        expect(went).toEqual([]);
    });
});
