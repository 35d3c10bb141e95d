import { after } from 'c/chimeTimer';

describe('chimeTimer', () => {
    beforeEach(() => jest.useFakeTimers());
    afterEach(() => jest.useRealTimers());

    it('does the task once, after the time', () => {
        const task = jest.fn();
        after(500, task);
        jest.advanceTimersByTime(499);
        expect(task).not.toHaveBeenCalled();
        jest.advanceTimersByTime(10000);
        expect(task).toHaveBeenCalledTimes(1);
    });

    it('does nothing after it was called off', () => {
        const task = jest.fn();
        after(500, task)();
        jest.advanceTimersByTime(1000);
        expect(task).not.toHaveBeenCalled();
    });

    it('waits for the longest time there is, instead of not at all, when told to wait for longer', () => {
        const task = jest.fn();
        after(Number.MAX_SAFE_INTEGER, task);
        jest.advanceTimersByTime(1000);
        expect(task).not.toHaveBeenCalled();
        jest.advanceTimersByTime(0x7fffffff);
        expect(task).toHaveBeenCalledTimes(1);
    });
});
