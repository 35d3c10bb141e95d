import { changesInWords, inWords } from 'c/chimeRecordingWords';

const ROW = {
    id: 'a035e00000ReCoRAAV',
    name: 'REC-000001',
    status: 'Available',
    startedAt: '2026-11-23T10:00:00Z',
    durationSeconds: 3900,
    sizeBytes: 123456789,
    gapSeconds: 0,
    retainUntil: null,
    failureReason: null
};

describe('chimeRecordingWords', () => {
    it('tells state, length and size, and names what its buttons act on', () => {
        const words = inWords(ROW);
        expect(words).toMatchObject({ id: ROW.id, name: ROW.name });
        expect(words.statusText).toBe('c.Chime_Recording_Available');
        expect(words.line).toMatch(/2026.* · 1 hr 5 min · 123\.5 MB$/);
        expect(words.playLabel).toBe('c.Chime_Playback_Play_Named');
        expect(words.eraseLabel).toBe('c.Chime_Recording_Erase_Named');
        expect([words.failure, words.gap]).toEqual(['', '']);
    });

    it('tells how long it is kept, and of a gap', () => {
        const words = inWords({ ...ROW, retainUntil: '2027-11-23T10:00:00Z', gapSeconds: 7 });
        expect(words.line).toMatch(/ · c\.Chime_Recording_Kept_Until$/);
        expect(words.gap).toBe('c.Chime_Recording_Gap');
    });

    it('leaves out what is not known yet', () => {
        const nothing = { startedAt: null, durationSeconds: null, sizeBytes: null };
        expect(inWords({ ...ROW, ...nothing }).line).toBe('');
    });

    it.each([
        ['Failed', 'c.Chime_Recording_Failure'],
        ['Erased', '']
    ])('gives a reason only of a failure: %s', (status, text) => {
        expect(inWords({ ...ROW, status, failureReason: 'No space' }).failure).toBe(text);
    });

    it('tells each change', () => {
        expect(changesInWords([ROW, ROW])).toBe('c.Chime_Recording_Changed c.Chime_Recording_Changed');
        expect(changesInWords([])).toBe('');
    });
});
