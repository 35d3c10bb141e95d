import { poll } from 'c/chimePoll';

let hidden = false;

function show(visible) {
    hidden = !visible;
    document.dispatchEvent(new Event('visibilitychange'));
}

describe('chimePoll', () => {
    let polls;

    function start(task) {
        const one = poll(task);
        polls.push(one);
        one.start();
        return one;
    }

    beforeEach(() => {
        hidden = false;
        polls = [];
        jest.useFakeTimers();
        jest.spyOn(document, 'visibilityState', 'get').mockImplementation(() => (hidden ? 'hidden' : 'visible'));
    });

    afterEach(() => {
        polls.forEach((one) => one.stop());
        jest.useRealTimers();
        jest.restoreAllMocks();
    });

    it('looks at once, then after each wait that the look names', async () => {
        const task = jest.fn().mockResolvedValueOnce(1000).mockResolvedValueOnce(3000).mockResolvedValue(null);
        start(task);
        expect(task).toHaveBeenCalledTimes(1);
        await jest.advanceTimersByTimeAsync(1000);
        expect(task).toHaveBeenCalledTimes(2);
        await jest.advanceTimersByTimeAsync(2999);
        expect(task).toHaveBeenCalledTimes(2);
        await jest.advanceTimersByTimeAsync(1);
        expect(task).toHaveBeenCalledTimes(3);
        await jest.advanceTimersByTimeAsync(60000);
        expect(task).toHaveBeenCalledTimes(3);
    });

    it('never looks twice at a time; a look asked for meanwhile comes right after', async () => {
        let done;
        const task = jest
            .fn()
            .mockImplementationOnce(() => new Promise((resolve) => (done = resolve)))
            .mockResolvedValue(null);
        const one = start(task);
        one.now();
        one.now();
        await jest.advanceTimersByTimeAsync(60000);
        expect(task).toHaveBeenCalledTimes(1);
        done(5000);
        await jest.advanceTimersByTimeAsync(0);
        expect(task).toHaveBeenCalledTimes(2);
        await jest.advanceTimersByTimeAsync(60000);
        expect(task).toHaveBeenCalledTimes(2);
    });

    it('does not look while the tab is hidden, and at once when it comes back late', async () => {
        const task = jest.fn().mockResolvedValue(5000);
        start(task);
        await jest.advanceTimersByTimeAsync(0);
        show(false);
        await jest.advanceTimersByTimeAsync(60000);
        expect(task).toHaveBeenCalledTimes(1);
        show(true);
        await jest.advanceTimersByTimeAsync(0);
        expect(task).toHaveBeenCalledTimes(2);
    });

    it('keeps its turn if the tab is back before it', async () => {
        const task = jest.fn().mockResolvedValue(5000);
        start(task);
        await jest.advanceTimersByTimeAsync(1000);
        show(false);
        await jest.advanceTimersByTimeAsync(1000);
        show(true);
        await jest.advanceTimersByTimeAsync(2999);
        expect(task).toHaveBeenCalledTimes(1);
        await jest.advanceTimersByTimeAsync(1);
        expect(task).toHaveBeenCalledTimes(2);
    });

    it('stops, also in the middle of a look, and can be started again', async () => {
        let done;
        const task = jest
            .fn()
            .mockImplementationOnce(() => new Promise((resolve) => (done = resolve)))
            .mockResolvedValue(1000);
        const one = start(task);
        one.stop();
        done(1000);
        await jest.advanceTimersByTimeAsync(5000);
        expect(task).toHaveBeenCalledTimes(1);
        await one.now();
        expect(task).toHaveBeenCalledTimes(1);
        await one.start();
        expect(task).toHaveBeenCalledTimes(2);
    });

    it('goes on by itself 15 seconds after a look that threw', async () => {
        const task = jest.fn().mockRejectedValueOnce(new Error('broken')).mockResolvedValue(null);
        const one = poll(task);
        polls.push(one);
        await expect(one.start()).rejects.toThrow('broken');
        await jest.advanceTimersByTimeAsync(14999);
        expect(task).toHaveBeenCalledTimes(1);
        await jest.advanceTimersByTimeAsync(1);
        expect(task).toHaveBeenCalledTimes(2);
    });

    it('can look again after a look that threw', async () => {
        const task = jest.fn().mockRejectedValueOnce(new Error('broken')).mockResolvedValue(null);
        const one = poll(task);
        polls.push(one);
        await expect(one.start()).rejects.toThrow('broken');
        await one.now();
        expect(task).toHaveBeenCalledTimes(2);
    });
});
