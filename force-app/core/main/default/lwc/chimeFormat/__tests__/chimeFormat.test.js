import { fill, formatDateTime, formatDuration, formatSize } from 'c/chimeFormat';

/* Intl writes narrow and non-breaking spaces; a reader sees a space. */
const plain = (text) => text.replace(/[\u00a0\u202f]/g, ' ');

describe('chimeFormat', () => {
    it('fills the places of a label in any order and leaves a place without a value', () => {
        expect(fill('{1} of {0}, {2}', 5, 3)).toBe('3 of 5, {2}');
        expect(fill('{0}', 0)).toBe('0');
        expect(fill('no place', 'x')).toBe('no place');
    });

    it('does not read places in what it fills in', () => {
        expect(fill('{0} {1}', '{1}', 'b')).toBe('{1} b');
    });

    it.each([
        [0, '0 sec'],
        [59.4, '59 sec'],
        [60, '1 min'],
        [61, '1 min 1 sec'],
        [3599.6, '1 hr'],
        [3900, '1 hr 5 min'],
        [90000, '25 hr'],
        [null, ''],
        [undefined, ''],
        [-1, ''],
        [NaN, '']
    ])('writes a length of %s s as "%s"', (seconds, text) => {
        expect(plain(formatDuration(seconds, 'en-US'))).toBe(text);
    });

    it('writes lengths and sizes in the words of the locale', () => {
        expect(plain(formatDuration(3900, 'de-DE'))).toBe('1 Std. 5 Min.');
        expect(plain(formatSize(12_345_678, 'de-DE'))).toBe('12,3 MB');
    });

    it.each([
        [0, '0 byte'],
        [999, '999 byte'],
        [1000, '1 kB'],
        [12_345_678, '12.3 MB'],
        [5e15, '5,000 TB'],
        [null, ''],
        [-5, '']
    ])('writes a size of %s as "%s"', (bytes, text) => {
        expect(plain(formatSize(bytes, 'en-US'))).toBe(text);
    });

    it('writes a moment in the zone it is told', () => {
        const text = plain(formatDateTime('2026-11-23T18:05:00.000Z', 'en-US', 'Europe/Berlin'));
        expect(text).toContain('Nov 23, 2026');
        expect(text).toContain('7:05 PM');
    });

    it('writes nothing for no moment', () => {
        expect(formatDateTime(null)).toBe('');
        expect(formatDateTime('soon')).toBe('');
    });

    it('takes the browser’s locale where the org has one that the browser does not know', () => {
        expect(formatDuration(5, 'not a locale')).toBe(formatDuration(5, undefined));
        expect(formatDateTime('2026-11-23T18:05:00Z', 'x_y', 'UTC')).not.toBe('');
    });
});
